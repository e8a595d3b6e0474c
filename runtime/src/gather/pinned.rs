//! A slice whose elements are pinned one by one.

use std::fmt;
use std::mem;
use std::pin::Pin;

/// A boxed slice that never moves its elements.
// Not by a `Pin` of all: how many there are is not to be read through a reference to them, as they may refer to
// themselves.
pub(crate) struct PinnedSlice<T>(Box<[T]>);

impl<T> PinnedSlice<T> {
    pub(crate) fn new(elements: impl Iterator<Item = T>) -> Self {
        PinnedSlice(elements.collect())
    }

    /// The elements, from here on to be moved; none are left.
    ///
    /// # Safety
    ///
    /// Nothing in them may be pinned any more.
    pub(crate) unsafe fn take(&mut self) -> Vec<T> {
        mem::take(&mut self.0).into_vec()
    }

    pub(crate) fn len(&self) -> usize {
        (&raw const *self.0).len()
    }

    /// Element `index`. Panics if there is none.
    pub(crate) fn get(&mut self, index: usize) -> Pin<&mut T> {
        // SAFETY: nothing here moves an element or hands out a `&mut T`: the slice cannot be resized, only `take`
        // gives it away, this and those of `All` are its only accessors, and it is dropped in place by its box.
        unsafe { Pin::new_unchecked(&mut self.0[index]) }
    }

    /// All elements, for a loop.
    pub(crate) fn all(&mut self) -> All<'_, T> {
        All(&mut self.0)
    }
}

/// The elements of a [`PinnedSlice`].
// Where it is does not change, which the compiler does not see while it is behind its box.
pub(crate) struct All<'a, T>(&'a mut [T]);

impl<T> All<'_, T> {
    pub(crate) fn len(&self) -> usize {
        (&raw const *self.0).len()
    }

    /// The elements from `start` on, at most so many.
    #[inline]
    pub(crate) fn part(&mut self, start: usize, most: usize) -> impl Iterator<Item = Pin<&mut T>> {
        let rest = &mut self.0[start..];
        let most = most.min((&raw const *rest).len());
        // SAFETY: as for `PinnedSlice::get`.
        let pinned = |element| unsafe { Pin::new_unchecked(element) };
        rest[..most].iter_mut().map(pinned)
    }

    /// Element `index`. Panics if there is none.
    #[inline]
    pub(crate) fn get(&mut self, index: usize) -> Pin<&mut T> {
        // SAFETY: as for `PinnedSlice::get`.
        unsafe { Pin::new_unchecked(&mut self.0[index]) }
    }
}

impl<T> fmt::Debug for PinnedSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedSlice")
            .field("len", &self.len())
            .finish()
    }
}
