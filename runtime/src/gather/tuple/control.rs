//! What a join keeps besides its branches.

use crate::combine::{Phase, Rare, next_turn};
use crate::wakers::Lease;
use std::mem;

/// What a join keeps besides its branches: three words, and the error.
#[derive(Debug)]
pub(super) struct Control<E> {
    pub(super) lease: Lease,
    pub(super) rare: Rare,
    pub(super) state: State,
    pub(super) error: Option<E>,
}

/// How far a join is, and what is in the places of its branches. In one word.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// A bit for each branch whose future is there.
    pub(super) pending: u32,
    /// The branch of which nothing is there, counted from 1; or [`NONE`], or [`ALL`] that are not pending.
    pub(super) hole: u8,
    /// The branch whose turn is first.
    pub(super) start: u8,
    pub(super) phase: Phase,
    /// Of few branches: how often all were polled, from 0 again after the most that there can be.
    polls: u8,
}

/// After so many polls of all, where there are few, each gets a waker of its own, if it keeps one: mostly one of
/// them is woken again and again, and the other polled in vain.
const PATIENCE: u8 = 3;

// Of zeros, a new state is written in one go.
pub(super) const NONE: u8 = 0;
const ALL: u8 = u8::MAX;

impl State {
    /// How many branches are pending.
    pub(super) fn left(&self) -> u32 {
        match self.phase {
            Phase::Done => 0,
            _ => self.pending.count_ones(),
        }
    }

    /// Whether to go on polling all branches, few as they are, with the waker of the join.
    #[inline]
    pub(super) fn is_patient(&mut self) -> bool {
        let polls = self.polls;
        self.polls = polls.wrapping_add(1);
        polls != PATIENCE
    }

    /// The branches, of so many, whose items are there. From here on they are not.
    pub(super) fn take_items(&mut self, branches: u32) -> u32 {
        let items = all(branches) & !self.pending;
        match mem::replace(&mut self.hole, ALL) {
            ALL => 0,
            NONE => items,
            hole => items & !(1 << (hole - 1)),
        }
    }
}

/// A bit for each of so many branches.
const fn all(branches: u32) -> u32 {
    ((1u64 << branches) - 1) as u32
}

impl<E> Control<E> {
    #[inline]
    pub(super) fn new(branches: u32) -> Self {
        Control {
            lease: Lease::ALL_WOKEN,
            rare: Rare::new(),
            state: State {
                pending: all(branches),
                hole: NONE,
                start: 0,
                phase: Phase::New,
                polls: 0,
            },
            error: None,
        }
    }
}

impl State {
    /// The first poll has stopped: see [`At`].
    #[cold]
    #[inline(never)]
    pub(super) fn stop(&mut self, pending: u32, index: u8, hole: bool) {
        let behind = u64::MAX << (index + u8::from(hole));
        self.phase = Phase::Polling;
        self.pending &= pending | behind as u32;
        if hole {
            self.hole = index + 1;
        }
    }

    /// The first poll has left these of so many branches pending.
    #[inline(never)]
    pub(super) fn suspend(&mut self, pending: u32, branches: u32) {
        self.pending = pending;
        self.phase = Phase::Open;
        let all = u64::from(all(branches));
        self.start = next_turn(all, all).unwrap_or(0);
    }
}

/// What the first poll is at: a branch, with those before it of which the future is still there. Says so to
/// the [`State`] if it is dropped: until then that is the one of a new join, where all are there.
pub(super) struct At<'a> {
    pub(super) state: &'a mut State,
    pub(super) pending: u32,
    pub(super) index: u8,
    /// There is nothing at the place of the branch.
    pub(super) hole: bool,
}

impl Drop for At<'_> {
    // By value, so that it is in registers where there is nothing to say.
    #[inline(always)]
    fn drop(&mut self) {
        self.state.stop(self.pending, self.index, self.hole);
    }
}

/// A part of the [`State`] in registers, put back when this is dropped, also on unwind: to read again
/// what was written to memory a bit at a time takes longer than all the rest.
pub(super) struct Borrowed<'a> {
    // One by one, as a word is taken apart with masks.
    pub(super) pending: u32,
    pub(super) hole: u8,
    pub(super) state: &'a mut State,
}

impl<'a> Borrowed<'a> {
    #[inline]
    pub(super) fn new(state: &'a mut State) -> Self {
        Borrowed {
            pending: state.pending,
            // A join that is open has none.
            hole: NONE,
            state,
        }
    }
}

impl Drop for Borrowed<'_> {
    #[inline]
    fn drop(&mut self) {
        self.state.pending = self.pending;
        self.state.hole = self.hole;
    }
}
