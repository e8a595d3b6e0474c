//! What the combinators share: how far they are, and whose turn is first.

use crate::scope::{Drain, Tag, Tagged, guards_were_made, keep};
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

/// How far a combinator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has not been polled.
    New,
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
    /// The phase that a poll finds, which is not the first one of a new combinator. An open combinator is `Polling` from here on, until
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
            Phase::New | Phase::Open | Phase::Cleanup => self,
            Phase::Polling => panic!("{what} was polled again after one of its branches panicked"),
            Phase::Done => panic!("{what} was polled again after it was done"),
        }
    }
}

/// Whether so many branches are polled all, with the waker of the combinator, unless they have often been polled:
/// to find out which one has been woken takes longer if that happens but a few times
/// (`cargo bench -p asyncio-benches -- onehot rpc`).
#[inline]
pub(crate) const fn few(branches: u32) -> bool {
    branches <= 2
}

/// What hardly any combinator needs: the cleanup of its branches, and a number to mark it with.
///
/// Combinators end it themselves, as they know when there can be something in it; so there is nothing
/// to look at when one is dropped that is over.
#[derive(Debug, Default)]
pub(crate) struct Rare(ManuallyDrop<Option<Box<Parts>>>);

#[derive(Debug, Default)]
struct Parts {
    drain: Drain,
    tag: Tag,
}

impl Tagged for Rare {
    #[cold]
    fn tag(&mut self) -> &mut Tag {
        &mut self.0.get_or_insert_default().tag
    }
}

impl Rare {
    pub(crate) const fn new() -> Self {
        Rare(ManuallyDrop::new(None))
    }

    /// Whether no branch has handed anything over, nor was watched.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a branch has handed something over, or may do so when it is dropped.
    #[inline]
    pub(crate) fn is_needed(&self) -> bool {
        self.0.is_some() || guards_were_made()
    }

    /// Drops what `clear` drops, inside the scope of the combinator. What that hands over is to be
    /// awaited with [`poll`](Self::poll).
    pub(crate) fn collect(&mut self, mut clear: impl FnMut(&mut Tag)) {
        let mut parts = self.0.take().map_or_else(Parts::default, |parts| *parts);
        let Parts { drain, tag } = &mut parts;
        drain.collect(|| to_the_end(|| clear(tag)));
        if !parts.drain.is_idle() {
            *self.0 = Some(Box::new(parts));
        }
    }

    /// Waits for what was handed over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self.0 {
            None => Poll::Ready(()),
            Some(parts) => parts.drain.poll(cx),
        }
    }

    /// Drops what `clear` drops, as the combinator is dropped, and then hands over the rest.
    pub(crate) fn abandon(self, mut clear: impl FnMut(&mut Self)) {
        struct End(Rare);
        impl Drop for End {
            fn drop(&mut self) {
                self.0.end();
            }
        }
        let mut rare = End(self);
        to_the_end(|| clear(&mut rare.0));
    }

    /// Hands over what is left, as nobody will wait for it here any more.
    #[inline]
    pub(crate) fn end(&mut self) {
        if self.0.is_some() {
            self.end_parts();
        }
    }

    #[cold]
    fn end_parts(&mut self) {
        drop(self.0.take());
    }
}

/// Whether the bit of branch `index` was set, and clears it.
pub(crate) fn take_bit(bits: &mut u32, index: u32) -> bool {
    let before = *bits;
    *bits &= !(1 << index);
    before != *bits
}

/// The branches of `ready` in the order of their turns, from branch `start` on: those to poll first,
/// those to poll afterwards.
#[inline]
pub(crate) fn turns(ready: u64, start: u32) -> (u64, u64) {
    let first = ready & u64::MAX << start;
    if first == 0 {
        return (ready, 0);
    }
    (first, ready & !first)
}

/// Whose turn is first in the next poll, after one that polled the branches `ready`, those of `first` before
/// the others, and has not come to an end: the one behind that it began with, if one of them can have
/// been refused because of the others.
///
/// Else programs see their branches polled as written.
#[inline]
pub(crate) fn next_turn(ready: u64, first: u64) -> Option<u8> {
    if ready & ready.wrapping_sub(1) == 0 || !out_of_budget() {
        return None;
    }
    Some((first.trailing_zeros() as u8 + 1) % 64)
}

/// Whether the running task has used up its budget, so that Tokio's resources refuse to go on
/// until it has yielded.
pub(crate) fn out_of_budget() -> bool {
    #[cfg(feature = "tokio")]
    return !tokio::task::coop::has_budget_remaining();
    #[cfg(not(feature = "tokio"))]
    return false;
}

/// Calls `f`, which drops one thing after the other, until it returns: where one panics, the rest is
/// dropped all the same. Then goes on with the first panic; later ones are reported.
pub(crate) fn to_the_end(mut f: impl FnMut()) {
    let mut first = None;
    while let Err(panic) = catch_unwind(AssertUnwindSafe(&mut f)) {
        keep(&mut first, panic);
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}
