//! What mostly needs no drop, though it is made of parts that may.

use std::mem::ManuallyDrop;
use std::pin::Pin;

/// Dropped as any value, unless it is known that nothing in it is left to be dropped: that is one thing to
/// look at, where else there is one in each part.
///
/// The value is pinned as this is.
pub(crate) struct Spared<T> {
    value: ManuallyDrop<T>,
    spared: bool,
}

impl<T> Spared<T> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Spared {
            value: ManuallyDrop::new(value),
            spared: false,
        }
    }

    #[inline]
    pub(crate) fn get(&self) -> &T {
        &self.value
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.spared = false;
        &mut self.value
    }

    #[inline]
    pub(crate) fn get_pinned(self: Pin<&mut Self>) -> Pin<&mut T> {
        // SAFETY: this is structural pinning. The value is moved nowhere, and dropped in place.
        unsafe { self.map_unchecked_mut(|this| &mut *this.value) }
    }

    /// Spares the drop.
    ///
    /// # Safety
    ///
    /// What is pinned in the value must have been dropped.
    #[inline]
    pub(crate) unsafe fn spare(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved.
        unsafe { self.get_unchecked_mut() }.spared = true;
    }

    /// No longer spares it: something may be put in that has to be dropped.
    pub(crate) fn unspare(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved.
        unsafe { self.get_unchecked_mut() }.spared = false;
    }

    #[cold]
    #[inline(never)]
    fn drop_value(&mut self) {
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.value) }
    }
}

impl<T> Drop for Spared<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.spared {
            self.drop_value();
        }
    }
}
