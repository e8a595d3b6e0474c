//! What mostly needs no drop, though it is made of parts that may.

use std::mem::ManuallyDrop;
use std::pin::Pin;

/// What knows whether something in it is left to be dropped.
///
/// # Safety
///
/// If it says that nothing is, what is pinned in it must have been dropped.
pub(crate) unsafe trait Spare {
    fn is_spared(&self) -> bool;
}

/// Dropped as any value, unless it is known that nothing in it is left to be dropped: that is one thing to
/// look at, where else there is one in each part.
///
/// The value is pinned as this is.
pub(crate) struct Spared<T: Spare>(ManuallyDrop<T>);

impl<T: Spare> Spared<T> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Spared(ManuallyDrop::new(value))
    }

    #[inline]
    pub(crate) fn get(&self) -> &T {
        &self.0
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    #[inline]
    pub(crate) fn get_pinned(self: Pin<&mut Self>) -> Pin<&mut T> {
        // SAFETY: this is structural pinning. The value is moved nowhere, and dropped in place.
        unsafe { self.map_unchecked_mut(|this| &mut *this.0) }
    }

    #[cold]
    #[inline(never)]
    fn drop_value(&mut self) {
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.0) }
    }
}

impl<T: Spare> Drop for Spared<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_spared() {
            self.drop_value();
        }
    }
}
