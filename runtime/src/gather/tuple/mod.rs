//! The join of a fixed number of branches.
//!
//! # Why this is sound
//!
//! The [`Place`] of branch `i` holds its future if bit `i` of [`State::pending`](control::State::pending) is set; else nothing if it
//! is the [`State::hole`](control::State::hole); else its item, unless the hole is [`ALL`](control::ALL). The bit is cleared and the hole noted before the
//! place is emptied, and the note is withdrawn after the item is in it. So what panics in between leaves a
//! value out, but never uses one twice; nothing is polled after that, so there is never a second hole.
//! When all items are there the join is [`Phase::Done`], and looks at its places no more: whoever learns of that
//! takes them.

mod control;
mod due;
mod join;
mod polls;

use super::{Branch, Branches, FailsWith, Join};
use crate::combine::{Phase, few, next_turn, take_bit, turns};
use crate::place::Place;
use crate::scope::{self, Tagged};
use crate::wakers::{EachWaker, First, Lazy, Row};
use control::{At, Borrowed, Control, NONE};
use due::{due, poll_due, poll_if_due};
use join::join;
use pin_project_lite::pin_project;
use polls::polls;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Each of the joins has a branch more than the one before it.
macro_rules! joins {
    ([$($branch:tt)*]) => {};
    ([$($branch:tt)*] $Join:ident $count:literal $B:ident $b:ident $i:tt, $($rest:tt)*) => {
        join!($Join, $count: $($branch)* $B $b $i);
        polls!($Join, $count: $($branch)* $B $b $i);
        joins!([$($branch)* $B $b $i,] $($rest)*);
    };
}

join!(Join0, 0:);
polls!(Join0, 0:);
joins!(
    []
    Join1 1 B0 b0 0,
    Join2 2 B1 b1 1,
    Join3 3 B2 b2 2,
    Join4 4 B3 b3 3,
    Join5 5 B4 b4 4,
    Join6 6 B5 b5 5,
    Join7 7 B6 b6 6,
    Join8 8 B7 b7 7,
    Join9 9 B8 b8 8,
    Join10 10 B9 b9 9,
    Join11 11 B10 b10 10,
    Join12 12 B11 b11 11,
    Join13 13 B12 b12 12,
    Join14 14 B13 b13 13,
    Join15 15 B14 b14 14,
    Join16 16 B15 b15 15,
    Join17 17 B16 b16 16,
    Join18 18 B17 b17 17,
    Join19 19 B18 b18 18,
    Join20 20 B19 b19 19,
    Join21 21 B20 b20 20,
    Join22 22 B21 b21 21,
    Join23 23 B22 b22 22,
    Join24 24 B23 b23 23,
    Join25 25 B24 b24 24,
    Join26 26 B25 b25 25,
    Join27 27 B26 b26 26,
    Join28 28 B27 b27 27,
    Join29 29 B28 b28 28,
    Join30 30 B29 b29 29,
    Join31 31 B30 b30 30,
    Join32 32 B31 b31 31,
);
