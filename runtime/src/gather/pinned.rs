//! A slice whose elements are pinned one by one.

use std::fmt;
use std::pin::Pin;

/// A boxed slice that never moves its elements.
pub(crate) struct PinnedSlice<T>(Pin<Box<[T]>>);

impl<T> PinnedSlice<T> {
    pub(crate) fn new(elements: impl Iterator<Item = T>) -> Self {
        PinnedSlice(Box::into_pin(elements.collect()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Element `index`. Panics if there is none.
    pub(crate) fn get(&mut self, index: usize) -> Pin<&mut T> {
        // SAFETY: this is structural pinning of the elements. Nothing here moves one or hands out a
        // `&mut T`: the slice cannot be resized, it is never unpinned (its type is in no public
        // interface, and this and `All::get` are its only accessors), and it is dropped in place by its
        // box.
        unsafe { self.0.as_mut().map_unchecked_mut(|slice| &mut slice[index]) }
    }

    /// All elements, for a loop.
    pub(crate) fn all(&mut self) -> All<'_, T> {
        All(self.0.as_mut())
    }
}

/// The elements of a [`PinnedSlice`].
// Where it is does not change, which the compiler does not see while it is behind its box.
pub(crate) struct All<'a, T>(Pin<&'a mut [T]>);

impl<T> All<'_, T> {
    /// Element `index`. Panics if there is none.
    #[inline]
    pub(crate) fn get(&mut self, index: usize) -> Pin<&mut T> {
        // SAFETY: as for `PinnedSlice::get`.
        unsafe { self.0.as_mut().map_unchecked_mut(|slice| &mut slice[index]) }
    }
}

impl<T> fmt::Debug for PinnedSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedSlice")
            .field("len", &self.len())
            .finish()
    }
}
