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
        // interface, and this is its only accessor), and it is dropped in place by its box.
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
