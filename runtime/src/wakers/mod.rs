//! Which branches of a combinator have been woken since they were last polled.
//!
//! A combinator gives each branch a waker of its own, so that at a wake-up it polls that branch and
//! not all of them. Other implementations allocate for each branch to that end; here the 64 branches
//! of a [`Wakers`] share a [`line`], which is taken from a [`pool`] when the first branch keeps its
//! waker ([`lazy`]). More branches than that form a [`tree`].
//!
//! All `unsafe` code is in `line`, `lazy` and `round`, with the argument why it is sound.

mod lazy;
mod lease;
mod line;
mod pool;
mod round;
mod sync;
mod tree;

pub(crate) use lazy::Lazy;
pub(crate) use lease::Lease;
pub(crate) use round::{EachWaker, First, OneWoken, Round, Row};
use std::task::Waker;
pub(crate) use tree::{Pass, Tree};

/// The wakers of up to 64 branches, owned by the combinator that polls them.
#[derive(Debug)]
pub(crate) struct Wakers(Lease);

impl Wakers {
    /// With no branch woken.
    pub(crate) const fn none_woken() -> Self {
        Wakers(Lease::NONE_WOKEN)
    }

    /// Begins to poll the branches that have been woken, on behalf of the parent of `lazy`.
    #[inline]
    pub(crate) fn round<'a>(&'a mut self, lazy: &'a Lazy<'a>) -> Round<'a> {
        Round::begin(&mut self.0, lazy)
    }

    /// Begins to poll branches of the caller's choice, and leaves those that have been woken for
    /// another round. There has to be one even if nobody wakes the parent.
    pub(crate) fn silent_round<'a>(&'a mut self, lazy: &'a Lazy<'a>) -> Round<'a> {
        Round::begin_silently(&mut self.0, lazy)
    }

    /// The branches that have been woken, which count as seen to; on behalf of the same parent as always.
    #[inline]
    pub(crate) fn take_woken(&mut self, parent: &Waker) -> u64 {
        self.round(&Lazy::new(parent)).ready()
    }

    /// Whether a branch has been woken that no round has seen to.
    fn has_woken(&self) -> bool {
        self.0.has_woken()
    }
}

impl Drop for Wakers {
    fn drop(&mut self) {
        self.0.end();
    }
}
