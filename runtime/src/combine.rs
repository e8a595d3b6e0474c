//! What the combinators share: how far they are, and whose turn is first.

use std::mem;

/// How far a combinator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its branches are polled.
    Open,
    /// Its branches are being polled right now; seen from outside, one of them panicked.
    Polling,
    /// The outcome is known; the cleanup of the dropped branches is awaited.
    Cleanup,
    /// The outcome has been handed out.
    Done,
}

impl Phase {
    /// The phase that a poll finds. An open combinator is `Polling` from here on, until
    /// the poll says otherwise: so a branch that panics is never polled again.
    ///
    /// # Panics
    ///
    /// If `what` cannot be polled any more.
    #[inline]
    pub(crate) fn enter(&mut self, what: &str) -> Phase {
        match *self {
            Phase::Open => mem::replace(self, Phase::Polling),
            other => other.enter_again(what),
        }
    }

    #[cold]
    fn enter_again(self, what: &str) -> Phase {
        match self {
            Phase::Open | Phase::Cleanup => self,
            Phase::Polling => panic!("{what} was polled again after one of its branches panicked"),
            Phase::Done => panic!("{what} was polled again after it was done"),
        }
    }
}

/// The branches of `ready` in the order of their turns, from branch `start` on: those to poll first,
/// those to poll afterwards.
#[inline]
pub(crate) fn turns(ready: u64, start: u32) -> (u64, u64) {
    let from_start = u64::MAX << start;
    (ready & from_start, ready & !from_start)
}

/// Whose turn is first in the next poll, after one that polled the branches `ready`, beginning at
/// `start`, and has not come to an end.
///
/// Only where a branch can have been refused because of the others does that change; else programs
/// see their branches polled as written.
#[inline]
pub(crate) fn next_start(ready: u64, start: u8) -> u8 {
    if ready & ready.wrapping_sub(1) == 0 || !out_of_budget() {
        return start;
    }
    let (first, later) = turns(ready, start.into());
    let began_with = if first == 0 { later } else { first }.trailing_zeros();
    (began_with as u8 + 1) % 64
}

/// Whether the running task has used up its budget, so that Tokio's resources refuse to go on
/// until it has yielded.
pub(crate) fn out_of_budget() -> bool {
    #[cfg(feature = "tokio")]
    return !tokio::task::coop::has_budget_remaining();
    #[cfg(not(feature = "tokio"))]
    return false;
}
