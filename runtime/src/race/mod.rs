//! The chain form of `wait_first!`: futures race in place, the first to finish wins.
//!
//! # Why this is sound
//!
//! The [`Place`] of branch `i` holds its future as long as bit `i` of `pending` is set, and nothing else.
//! The bit is cleared before the future is dropped; so if that panics, it is not dropped again.

mod control;
mod future;
mod polls;

use crate::combine::{Phase, few, next_turn, take_bit, turns};
use crate::graph::Site;
use crate::place::Place;
use crate::scope::{Branches, Tagged};
use crate::wakers::{EachWaker, First, Lazy, Row};
use control::{Control, Entered, all, note_haste};
use future::race;
use pin_project_lite::pin_project;
use polls::polls;
use std::fmt;
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A tuple of up to twelve futures, any of which may be absent, that can race.
///
/// `None` is a branch whose condition is false: it takes no part.
pub trait Race {
    /// Which branch was first, with its output.
    type First;
    /// The future that polls them.
    type Future: Future<Output = Self::First>;

    /// Polls the futures until the first is ready: `asyncio.wait(.., return_when=FIRST_COMPLETED)`,
    /// except that the losers are dropped.
    ///
    /// Nothing runs before the future is polled. Without any branch it gives `Else` at once.
    ///
    /// # Cancellation
    ///
    /// When the first branch is ready, the others are dropped and their cleanup is awaited before the
    /// race is over. Dropping the race drops all branches.
    ///
    /// # Fairness
    ///
    /// Branches are polled in the order written, so of two that are ready the one written first
    /// wins. For loops that race again and again, one in 64 races on a thread that were decided
    /// before every branch had its turn makes the next begin at another branch, and where the task's
    /// budget is used up before the race is decided it goes on at the next branch: no branch that is
    /// ready can be passed over for ever.
    ///
    /// # Panics
    ///
    /// A panic of a branch goes through the race to whoever awaits it. Polling the race again after
    /// that, or after it is done, panics.
    fn race(self) -> Self::Future
    where
        Self: Sized,
    {
        self.race_at(Site::GROUP)
    }

    /// [`race`](Self::race), for a macro that says where it stands.
    fn race_at(self, site: &'static Site) -> Self::Future;
}

race!(Race1, First1, 1: F0 T0 b0 B0 0);
race!(Race2, First2, 2: F0 T0 b0 B0 0, F1 T1 b1 B1 1);
race!(Race3, First3, 3: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2);
race!(Race4, First4, 4: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3);
race!(Race5, First5, 5: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4);
race!(Race6, First6, 6: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5);
race!(Race7, First7, 7: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6);
race!(Race8, First8, 8: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7);
race!(Race9, First9, 9: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8);
race!(Race10, First10, 10: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9);
race!(Race11, First11, 11: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9, F10 T10 b10 B10 10);
race!(Race12, First12, 12: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9, F10 T10 b10 B10 10,
    F11 T11 b11 B11 11);
