//! A box whose memory comes from the pool.
#![allow(unsafe_code)]

use super::pool;
use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::pin::Pin;
use std::ptr::NonNull;

/// A value in memory of the [`pool`], pinned. For a type whose size is not zero.
pub(crate) struct Pooled<T: ?Sized>(NonNull<T>, PhantomData<T>);

// SAFETY: it owns the value, and memory may be given back on another thread.
unsafe impl<T: ?Sized + Send> Send for Pooled<T> {}
// SAFETY: shared it gives the value shared.
unsafe impl<T: ?Sized + Sync> Sync for Pooled<T> {}

impl<T: ?Sized> Unpin for Pooled<T> {}

impl<T> Pooled<T> {
    /// A value that is made where it is to be: moved there, it would be read by wider loads than it was written by just
    /// before, for which the processor waits some 5 ns each.
    #[inline(always)]
    pub(crate) fn new(make: impl FnOnce() -> T) -> Self {
        const { assert!(size_of::<T>() > 0) }
        let place = pool::take(Layout::new::<T>()).cast();
        // SAFETY: it is memory for a `T`, and nobody else's. Where none can be made, it is leaked.
        unsafe { place.write(make()) };
        Pooled(place, PhantomData)
    }
}

impl<T: ?Sized> Pooled<T> {
    /// The value is the caller's to drop, by [`from_raw`](Self::from_raw).
    pub(crate) fn into_raw(self) -> NonNull<T> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    ///
    /// It comes from [`into_raw`](Self::into_raw), where it may have been of a type that this one was coerced from, and
    /// is not used otherwise any more.
    pub(crate) unsafe fn from_raw(place: NonNull<T>) -> Self {
        Pooled(place, PhantomData)
    }

    pub(crate) fn as_mut(&mut self) -> Pin<&mut T> {
        // SAFETY: the value is there, and borrowed as this is.
        let value = unsafe { self.0.as_mut() };
        // SAFETY: it stays in its place until it is dropped.
        unsafe { Pin::new_unchecked(value) }
    }
}

impl<T: ?Sized> Deref for Pooled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the value is there, and borrowed as this is.
        unsafe { self.0.as_ref() }
    }
}

impl<T: ?Sized> Drop for Pooled<T> {
    fn drop(&mut self) {
        /// Gives the memory back, also if the drop of the value panics.
        struct GiveBack(NonNull<u8>, Layout);
        impl Drop for GiveBack {
            fn drop(&mut self) {
                // SAFETY: it was taken with this layout, and the value in it was dropped.
                unsafe { pool::give_back(self.0, self.1) };
            }
        }
        let _give_back = GiveBack(self.0.cast(), Layout::for_value(&**self));
        // SAFETY: the value is there, and not used again.
        unsafe { self.0.drop_in_place() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    #[test]
    fn the_value_is_dropped_once_and_may_panic() {
        struct Loud(Rc<()>, bool);
        impl Drop for Loud {
            fn drop(&mut self) {
                assert!(!self.1, "it is loud");
            }
        }
        let count = Rc::new(());
        for loud in [false, true] {
            let pooled = Pooled::new(|| Loud(Rc::clone(&count), loud));
            let value: &Loud = &pooled;
            assert_eq!(Rc::strong_count(&value.0), 2);
            assert_eq!(
                catch_unwind(AssertUnwindSafe(|| drop(pooled))).is_err(),
                loud
            );
            assert_eq!(Rc::strong_count(&count), 1);
        }
    }
}
