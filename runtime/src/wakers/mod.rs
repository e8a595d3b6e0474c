//! Which branches of a combinator have been woken since they were last polled.

use std::task::Waker;

/// The wakers of up to 64 branches, owned by the combinator that polls them.
#[derive(Debug, Default)]
pub(crate) struct Wakers {}

impl Wakers {
    pub(crate) const fn new() -> Self {
        Wakers {}
    }

    /// Begins a poll of the branches on behalf of `parent`.
    pub(crate) fn round<'a>(&'a mut self, parent: &'a Waker) -> Round<'a> {
        Round { parent }
    }
}

/// One poll of the combinator: says which branches to poll, and with which waker.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    parent: &'a Waker,
}

impl Round<'_> {
    /// A bit for each branch to poll; bits of branches that are finished may be set too.
    pub(crate) fn ready(&self) -> u64 {
        u64::MAX
    }

    /// The waker to poll branch `index` with.
    pub(crate) fn waker(&self, _index: u32) -> &Waker {
        self.parent
    }
}
