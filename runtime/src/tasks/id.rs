//! What tells tasks apart.

use crate::events::Here;
use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Identifies a task for the life of the process.
///
/// Its `Display` is the number in the automatic name, `Task-7`. Of two tasks of one runtime the one that was made first
/// has the lower one, where one was made before the other; what another thread makes for an event loop counts as made
/// when the loop hears of it. An event loop takes numbers for several tasks at a time, so that they tell nothing of tasks
/// of different ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(u64);

impl TaskId {
    /// That of no task.
    pub(super) const NONE: TaskId = TaskId(0);

    /// That of a task that no loop of ours makes for itself.
    #[inline]
    pub(super) fn next() -> Self {
        Here::forget_numbers();
        TaskId::first_of(1)
    }

    /// The first of so many that nobody has.
    #[inline]
    fn first_of(count: u64) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        TaskId(NEXT.fetch_add(count, Ordering::Relaxed))
    }

    /// As a number other than zero.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The other way round; `None` for zero.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        (number > 0).then_some(TaskId(number))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Numbers for the tasks that a loop of ours will make, on its thread: for most of them it need not ask what all threads share.
pub(crate) struct Numbers {
    next: Cell<u64>,
    end: Cell<u64>,
}

/// How many a loop takes at a time.
const NUMBERS: u64 = 32;

impl Numbers {
    pub(crate) const fn none() -> Self {
        Numbers {
            next: Cell::new(0),
            end: Cell::new(0),
        }
    }

    #[inline(always)]
    pub(crate) fn next(&self) -> TaskId {
        let next = self.next.get();
        if next == self.end.get() {
            return self.take_more();
        }
        self.next.set(next + 1);
        TaskId(next)
    }

    #[cold]
    #[inline(never)]
    fn take_more(&self) -> TaskId {
        let first = TaskId::first_of(NUMBERS);
        self.next.set(first.0 + 1);
        self.end.set(first.0 + NUMBERS);
        first
    }

    /// Somebody has a number that was not one of these, and comes before what is made from here on.
    #[inline]
    pub(crate) fn forget(&self) {
        self.next.set(self.end.get());
    }
}
