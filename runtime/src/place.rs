//! The place of one branch of a combinator: its future first, what it gave afterwards.

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;

/// A future, or an item, or nothing. Which of them, the combinator keeps a bit for: so it is as large as its
/// branches and a few words, and one that is over has nothing to look at when it is dropped.
///
/// The future is pinned as the place is; the item is not.
pub(crate) union Place<F, T> {
    future: ManuallyDrop<F>,
    item: ManuallyDrop<T>,
    empty: (),
    /// Never used: a future may have references to itself, so that who has a reference to what is around it
    /// must not promise that nothing in here changes.
    _changes: ManuallyDrop<UnsafeCell<()>>,
}

// SAFETY: nothing in here changes by a shared reference; the cell is there for the compiler only.
unsafe impl<F: Sync, T: Sync> Sync for Place<F, T> {}

impl<F: Unpin, T> Unpin for Place<F, T> {}

impl<F, T> Place<F, T> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Place {
            future: ManuallyDrop::new(future),
        }
    }

    /// With nothing in it.
    #[inline]
    pub(crate) fn empty() -> Self {
        Place { empty: () }
    }

    /// The future.
    ///
    /// # Safety
    ///
    /// It must be there.
    #[inline]
    pub(crate) unsafe fn future(self: Pin<&mut Self>) -> Pin<&mut F> {
        // SAFETY: the caller promises that the field is the one in use. It is pinned structurally:
        // it is moved nowhere, and dropped in place, by `drop_future`.
        unsafe { self.map_unchecked_mut(|place| &mut *place.future) }
    }

    /// Drops the future.
    ///
    /// # Safety
    ///
    /// It must be there. Nothing is there afterwards, also after a panic.
    #[inline]
    pub(crate) unsafe fn drop_future(self: Pin<&mut Self>) {
        // SAFETY: the future is dropped where it is.
        let place = unsafe { self.get_unchecked_mut() };
        // SAFETY: the caller promises that it is there, and does not use it again.
        unsafe { ManuallyDrop::drop(&mut place.future) }
    }

    /// Puts `item` in.
    ///
    /// # Safety
    ///
    /// Nothing must be there.
    #[inline]
    pub(crate) unsafe fn put(self: Pin<&mut Self>, item: T) {
        // SAFETY: no future is there, so nothing that is pinned is moved or overwritten.
        let place = unsafe { self.get_unchecked_mut() };
        place.item = ManuallyDrop::new(item);
    }

    /// The item, of a place that is no longer pinned.
    ///
    /// # Safety
    ///
    /// It must be there.
    #[inline]
    pub(crate) unsafe fn into_item(self) -> T {
        // SAFETY: the caller promises that it is there.
        ManuallyDrop::into_inner(unsafe { self.item })
    }

    /// Takes the item out.
    ///
    /// # Safety
    ///
    /// It must be there. Nothing is there afterwards.
    #[inline]
    pub(crate) unsafe fn take(self: Pin<&mut Self>) -> T {
        // SAFETY: no future is there, so nothing that is pinned is moved.
        let place = unsafe { self.get_unchecked_mut() };
        // SAFETY: the caller promises that it is there, and does not use it again.
        unsafe { ManuallyDrop::take(&mut place.item) }
    }
}

impl<F, T> fmt::Debug for Place<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}
