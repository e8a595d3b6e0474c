//! Which branches of a combinator have been woken since they were last polled.
//!
//! A combinator gives each branch a waker of its own, so that at a wake-up it polls that branch and
//! not all of them. Other implementations allocate for each branch to that end; here the 64 branches
//! of a [`Wakers`] share a [`line`], which is taken from a [`pool`] when the first branch keeps its
//! waker ([`lazy`]). More branches than that form a [`tree`].
//!
//! All `unsafe` code is in `line`, `lazy` and `round`, with the argument why it is sound.

mod lazy;
mod line;
mod pool;
mod round;
mod sync;
mod tree;

pub(crate) use lazy::Lazy;
pub(crate) use round::Round;
pub(crate) use tree::{Pass, Tree};

use line::Line;

/// The line of a combinator, if it has one by now.
///
/// It does not go back to the pool by itself when this is dropped: combinators know when they need it
/// no more, and what they know costs nothing to check.
#[derive(Debug)]
pub(crate) struct Lease(Option<&'static Line>);

impl Lease {
    pub(crate) const NONE: Lease = Lease(None);

    /// Gives the line back, if there is one.
    #[inline]
    pub(crate) fn end(&mut self) {
        if let Some(line) = self.0.take() {
            pool::give_back(line);
        }
    }
}

/// The wakers of up to 64 branches, owned by the combinator that polls them.
#[derive(Debug)]
pub(crate) struct Wakers {
    lease: Lease,
    /// Branches that count as woken besides those whose bits in the line are set.
    woken: u64,
}

impl Wakers {
    /// With no branch woken.
    pub(crate) const fn none_woken() -> Self {
        Wakers {
            lease: Lease::NONE,
            woken: 0,
        }
    }

    /// Begins to poll the branches that have been woken, on behalf of the parent of `lazy`.
    #[inline]
    pub(crate) fn round<'a>(&'a mut self, lazy: &'a Lazy<'a>) -> Round<'a, u64> {
        Round::begin(&mut self.lease, &mut self.woken, lazy)
    }

    /// Begins to poll branches of the caller's choice, and leaves those that have been woken for
    /// another round. There has to be one even if nobody wakes the parent.
    fn silent_round<'a>(&'a mut self, lazy: &'a Lazy<'a>) -> Round<'a, u64> {
        Round::begin_silently(&mut self.lease, &mut self.woken, lazy)
    }

    /// Whether a branch has been woken that no round has seen to.
    fn has_woken(&self) -> bool {
        self.woken != 0 || self.lease.0.is_some_and(Line::has_woken)
    }
}

impl Drop for Wakers {
    fn drop(&mut self) {
        self.lease.end();
    }
}
