//! The place of something that is not there most of the time.

use std::mem::ManuallyDrop;
use std::pin::Pin;

/// As an `Option`, that costs a look at its tag where it is dropped with nothing in it: of an `Option` the
/// compiler has all that drops the value there.
///
/// The value is pinned as this is.
#[derive(Debug)]
pub(crate) struct Late<T>(ManuallyDrop<Option<T>>);

impl<T> Late<T> {
    /// With nothing in it.
    #[inline]
    pub(crate) fn new() -> Self {
        Late(ManuallyDrop::new(None))
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    #[inline]
    fn option(self: Pin<&mut Self>) -> Pin<&mut Option<T>> {
        // SAFETY: this is structural pinning. The value is moved nowhere, and dropped in place: by `Pin::set`,
        // or below.
        unsafe { self.map_unchecked_mut(|late| &mut *late.0) }
    }

    #[inline]
    pub(crate) fn get_pinned(self: Pin<&mut Self>) -> Option<Pin<&mut T>> {
        self.option().as_pin_mut()
    }

    /// Puts `value` in, for what was there.
    pub(crate) fn set(self: Pin<&mut Self>, value: Option<T>) {
        self.option().set(value);
    }

    #[cold]
    #[inline(never)]
    fn drop_value(&mut self) {
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.0) }
    }
}

impl<T> Drop for Late<T> {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.drop_value();
        }
    }
}
