//! What a race keeps besides its branches, and where it begins.

use crate::combine::{Phase, Rare, few};
use crate::graph::Site;
use crate::wakers::Lease;
use std::cell::Cell;
use std::task::{Context, Poll, ready};

thread_local! {
    /// Counts the races on this thread that were decided before every branch had its turn.
    static HASTY: Cell<u32> = const { Cell::new(0) };
    /// The state of a xorshift generator.
    static CHOICE: Cell<u32> = const { Cell::new(0x9e37_79b9) };
}

/// So many hasty races to one that begins elsewhere.
const PATIENCE: u32 = 64;

/// Whether a new race begins at its first branch.
#[inline]
fn is_patient() -> bool {
    HASTY.get() < PATIENCE
}

/// A race was decided before every branch had its turn.
#[inline]
pub(super) fn note_haste() {
    HASTY.set(HASTY.get().wrapping_add(1));
}

/// At which of `count` branches a race begins that does not begin at the first.
#[cold]
fn any_turn(count: u32) -> u8 {
    HASTY.set(0);
    // Not one after the other: of loops that take turns on a thread, one might see the same branch
    // chosen each time. Not random either: programs on a virtual clock run the same each time.
    let mut choice = CHOICE.get();
    choice ^= choice << 13;
    choice ^= choice >> 17;
    choice ^= choice << 5;
    CHOICE.set(choice);
    (choice % count) as u8
}

/// What a race keeps besides its branches and the result.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) lease: Lease,
    pub(super) rare: Rare,
    /// A bit for each branch whose future is there.
    pub(super) pending: u32,
    /// The branch whose turn is first.
    pub(super) start: u8,
    pub(super) phase: Phase,
    pub(super) site: &'static Site,
}

impl Control {
    #[inline]
    pub(super) fn new(count: u32, pending: u32, site: &'static Site) -> Self {
        let whole = pending == all(count);
        Control {
            lease: Lease::ALL_WOKEN,
            rare: Rare::new(),
            pending,
            start: match whole || is_patient() {
                true => 0,
                false => any_turn(count),
            },
            phase: if whole { Phase::New } else { Phase::Open },
            site,
        }
    }

    /// Whether the next poll is of a race that is whole, begins at the first branch, and polls all: the first poll, and with
    /// [few] branches those that follow.
    #[inline]
    pub(super) fn is_in_order(&self, count: u32) -> bool {
        match self.phase {
            Phase::New => is_patient(),
            Phase::Open => {
                let is_whole = self.pending == all(count);
                few(count) && self.start == 0 && is_whole && self.rare.is_empty()
            }
            _ => false,
        }
    }

    /// Begins any other poll of a race of so many branches. Gives the phase that it finds.
    #[inline]
    pub(super) fn enter(&mut self, count: u32) -> Phase {
        let phase = self.phase.enter("a race");
        if phase == Phase::New {
            self.start = any_turn(count);
            self.phase = Phase::Polling;
        }
        phase
    }

    /// Waits for the cleanup of the losers.
    pub(super) fn poll_cleanup(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.rare.poll(cx));
        self.rare.end();
        self.phase = Phase::Done;
        Poll::Ready(())
    }
}

/// A bit for each of so many branches.
pub(super) const fn all(branches: u32) -> u32 {
    (1 << branches) - 1
}

/// The first poll. If it does not get through, the race is not polled again.
pub(super) struct Entered<'a>(pub(super) &'a mut Phase);

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.0 = Phase::Polling;
    }
}
