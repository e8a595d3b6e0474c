//! Which branches of a combinator have been woken since they were last polled.
//!
//! A combinator gives each branch a waker of its own, so that at a wake-up it polls that branch and
//! not all of them. Other implementations allocate for each branch to that end; here the 64 branches
//! of a [`Wakers`] share a [`line`], which is taken from a [`pool`] when the first branch keeps its
//! waker ([`lazy`]). More branches than that form a [`tree`].
//!
//! All `unsafe` code is in `line` and `lazy`, with the argument why it is sound.

mod lazy;
mod line;
mod pool;
mod sync;
mod tree;

pub(crate) use tree::{Pass, Tree};

use lazy::{Borrowed, Lazy};
use line::Line;
use std::mem;
use std::task::Waker;

/// The wakers of up to 64 branches, owned by the combinator that polls them.
#[derive(Debug)]
pub(crate) struct Wakers {
    line: Option<&'static Line>,
    /// Branches that count as woken besides those whose bits in the line are set.
    woken: u64,
}

impl Wakers {
    /// With all branches woken: the first round polls them all.
    pub(crate) const fn all_woken() -> Self {
        Wakers {
            line: None,
            woken: u64::MAX,
        }
    }

    /// With no branch woken.
    const fn none_woken() -> Self {
        Wakers {
            line: None,
            woken: 0,
        }
    }

    /// Begins to poll the branches that have been woken, on behalf of `parent`.
    #[inline]
    pub(crate) fn round<'a>(&'a mut self, parent: &'a Waker) -> Round<'a> {
        let mut ready = mem::take(&mut self.woken);
        if let Some(line) = self.line {
            ready |= line.begin(parent);
        }
        Round {
            ready,
            lazy: Lazy::new(parent),
            wakers: self,
        }
    }

    /// Begins to poll branches of the caller's choice, and leaves those that have been woken for
    /// another round. There has to be one even if nobody wakes `parent`.
    fn silent_round<'a>(&'a mut self, parent: &'a Waker) -> Round<'a> {
        if let Some(line) = self.line {
            line.register(parent);
        }
        Round {
            ready: 0,
            lazy: Lazy::new(parent),
            wakers: self,
        }
    }

    /// Whether a branch has been woken that no round has seen to.
    fn has_woken(&self) -> bool {
        self.woken != 0 || self.line.is_some_and(Line::has_woken)
    }
}

impl Drop for Wakers {
    fn drop(&mut self) {
        if let Some(line) = self.line {
            pool::give_back(line);
        }
    }
}

/// One poll of the combinator: says which branches to poll, and with which waker.
///
/// The branches of [`ready`](Self::ready) count as seen to, whether they are polled or not.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    ready: u64,
    /// In use as long as there is no line.
    lazy: Lazy<'a>,
    wakers: &'a mut Wakers,
}

impl Round<'_> {
    /// A bit for each branch to poll; bits of branches that are finished may be set too.
    #[inline]
    pub(crate) fn ready(&self) -> u64 {
        self.ready
    }

    /// The waker to poll branch `index` with.
    #[inline]
    pub(crate) fn waker(&self, index: u32) -> Borrowed<'_> {
        debug_assert!(index < u64::BITS, "a line has 64 wakers");
        match self.wakers.line {
            Some(line) => Borrowed::of_line(line, index),
            None => self.lazy.waker(index),
        }
    }
}

impl Drop for Round<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.wakers.line.is_none() {
            self.wakers.line = self.lazy.line();
            self.wakers.woken |= self.lazy.woken();
        }
    }
}
