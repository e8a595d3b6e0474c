//! A slice whose elements are pinned one by one.

use std::fmt;
use std::mem;
use std::pin::Pin;

/// A boxed slice that never moves its elements.
pub(crate) struct PinnedSlice<T>(Pin<Box<[T]>>);

impl<T> PinnedSlice<T> {
    pub(crate) fn new(elements: impl Iterator<Item = T>) -> Self {
        PinnedSlice(Box::into_pin(elements.collect()))
    }

    /// The elements, from here on to be moved; none are left.
    ///
    /// # Safety
    ///
    /// Nothing in them may be pinned any more.
    pub(crate) unsafe fn take(&mut self) -> Vec<T> {
        let elements = mem::replace(&mut self.0, Box::into_pin(Box::default()));
        // SAFETY: the caller promises that they can be moved.
        unsafe { Pin::into_inner_unchecked(elements) }.into_vec()
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
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements from `start` on, at most so many.
    #[inline]
    pub(crate) fn part(&mut self, start: usize, most: usize) -> impl Iterator<Item = Pin<&mut T>> {
        // SAFETY: the elements are not moved, and handed out pinned only.
        let elements = unsafe { self.0.as_mut().get_unchecked_mut() };
        let rest = &mut elements[start..];
        let most = most.min(rest.len());
        // SAFETY: as for `PinnedSlice::get`.
        let pinned = |element| unsafe { Pin::new_unchecked(element) };
        rest[..most].iter_mut().map(pinned)
    }

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
