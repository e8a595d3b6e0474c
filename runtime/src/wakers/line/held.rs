//! A line that is held, while its parent is woken.

use super::{AGAIN, CLOSED, FREE, HELD, Line};
use crate::wakers::pool;
use std::mem;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

/// A line that a waker holds.
pub(super) struct Held(pub(super) &'static Line);

impl Held {
    /// Wakes the parent, and lets go of the line.
    #[inline]
    pub(super) fn wake_parent(self) {
        self.wake();
        match self.free() {
            Ok(_) => mem::forget(self),
            Err(hold) => self.wake_parent_again(hold),
        }
    }

    /// As [`wake_parent`](Self::wake_parent), where there was something left to do: this is `hold`.
    #[cold]
    fn wake_parent_again(self, mut hold: u8) {
        // Where it is closed, `drop` sees to it.
        while hold & CLOSED == 0 {
            self.0.hold.fetch_and(!AGAIN, AcqRel);
            self.wake();
            match self.free() {
                Ok(_) => return mem::forget(self),
                Err(now) => hold = now,
            }
        }
    }

    #[inline]
    fn wake(&self) {
        self.0.parent.with(|parent| {
            // SAFETY: the line is held.
            let parent = unsafe { &*parent };
            // This may run the owner, or drop it.
            parent.wake_by_ref();
        });
    }

    /// Lets go of the line if there is nothing left to do; else says what.
    #[inline]
    fn free(&self) -> Result<u8, u8> {
        self.0.hold.compare_exchange(HELD, FREE, AcqRel, Acquire)
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl Line {
    /// For who holds it. The owner has gone; or the parent's waker has panicked, and there is nothing left to do
    /// for it.
    #[cold]
    fn let_go(&'static self) {
        let freed = self
            .hold
            .fetch_update(AcqRel, Acquire, |hold| (hold & CLOSED == 0).then_some(FREE));
        if freed.is_err() {
            self.forget_parent();
            pool::put(self);
        }
    }
}
