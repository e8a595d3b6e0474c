//! How whoever awaits a task learns that its outcome is there.
//!
//! # Why this is sound
//!
//! There are two sides: the task, which calls [`finish`](Join::finish) once, after it has written the
//! outcome; and the owner of the [`Task`](super::Task), who calls `poll_done` and `detach`, one at a
//! time. The place of the waker belongs to the owner's side, except while `WAKER` is set: then it belongs
//! to whoever clears that bit, or to the task's side once it has set `DONE`. So before it touches the
//! place the owner clears the bit by a compare-and-swap, which fails once `DONE` is set; and `finish`
//! touches it only if it found `WAKER` set when it set `DONE`. The outcome belongs to the task's side
//! until `DONE`, to the owner's side from then on; if `DETACHED` was set before, it stays with the
//! task's. Model-checked: `tests/loom_tasks.rs`.
#![allow(unsafe_code)]

use super::sync::{AtomicU32, UnsafeCell};
use crate::graph::own_clone;
use std::sync::atomic::Ordering;
use std::task::Waker;

/// The outcome is there, or was.
const DONE: u32 = 1;
/// The place has a waker in it, for the task's side to take.
const WAKER: u32 = 2;
/// The `Task` was dropped: nobody will retrieve the outcome.
const DETACHED: u32 = 4;
/// The outcome was taken out. Set by the owner's side.
const TAKEN: u32 = 8;
/// Somebody looked at the outcome, which counts as having retrieved it. Set by the owner's side.
const LOOKED_AT: u32 = 16;

/// Between a task and whoever awaits it.
pub(super) struct Join {
    state: AtomicU32,
    /// How it ended, for the header: it is here as there is room beside the other one.
    pub(super) ended: AtomicU32,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the waker is `Send`, and touched by one thread at a time, as said above.
unsafe impl Sync for Join {}

impl Join {
    #[inline]
    pub(super) fn new() -> Self {
        Join {
            state: AtomicU32::new(0),
            ended: AtomicU32::new(0),
            waker: UnsafeCell::new(None),
        }
    }

    /// Whether there is an outcome, or was.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) & DONE != 0
    }

    /// Whether there is an outcome. It belongs to the owner's side, then.
    #[inline]
    pub(super) fn has_outcome(&self) -> bool {
        self.state.load(Ordering::Acquire) & (DONE | TAKEN) == DONE
    }

    /// The outcome was taken out.
    ///
    /// # Safety
    ///
    /// For the owner, once `is_done`.
    #[inline]
    pub(super) unsafe fn set_taken(&self) {
        // The task's side no longer changes it.
        let state = self.state.load(Ordering::Relaxed);
        self.state.store(state | TAKEN, Ordering::Relaxed);
    }

    /// Whether the outcome was taken out: then nothing is left to do.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.state.load(Ordering::Relaxed) & TAKEN != 0
    }

    pub(super) fn is_looked_at(&self) -> bool {
        self.state.load(Ordering::Relaxed) & LOOKED_AT != 0
    }

    pub(super) fn set_looked_at(&self) {
        self.state.fetch_or(LOOKED_AT, Ordering::Relaxed);
    }

    /// Whether there is an outcome (or was); or arranges for a wake-up.
    ///
    /// # Safety
    ///
    /// For the owner: nobody calls this, `set_taken` or `detach` at the same time.
    #[inline]
    pub(super) unsafe fn poll_done(&self, waker: &Waker) -> bool {
        let state = self.state.load(Ordering::Acquire);
        // SAFETY: passed on to the caller.
        state & DONE != 0 || unsafe { self.register(state, waker) }
    }

    /// # Safety
    ///
    /// As `poll_done`.
    unsafe fn register(&self, state: u32, waker: &Waker) -> bool {
        let empty = state & !WAKER;
        if state != empty && !self.change(state, empty) {
            return true;
        }
        let old = self.waker.with_mut(|place| {
            // SAFETY: `WAKER` is not set, nor was `DONE`, so the place is this side's.
            let place = unsafe { &mut *place };
            match place {
                Some(old) if old.will_wake(waker) => None,
                _ => place.replace(own_clone(waker)),
            }
        });
        let done = !self.change(empty, empty | WAKER);
        if done {
            // SAFETY: the bit was not set, so it is still this side's.
            drop(unsafe { self.take_waker() });
        }
        drop(old);
        done
    }

    /// False if the task is done.
    #[inline]
    fn change(&self, from: u32, to: u32) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// # Safety
    ///
    /// The place must be this side's.
    #[inline]
    unsafe fn take_waker(&self) -> Option<Waker> {
        // SAFETY: passed on to the caller.
        self.waker.with_mut(|place| unsafe { (*place).take() })
    }

    /// The outcome is there: wakes whoever awaits it. False if nobody will retrieve it; it stays with the
    /// task's side, then.
    ///
    /// # Safety
    ///
    /// For the task, once.
    #[inline]
    pub(super) unsafe fn finish(&self) -> bool {
        // It adds a bit that is not set.
        let state = self.state.fetch_add(DONE, Ordering::AcqRel);
        if state & WAKER != 0 {
            // SAFETY: `WAKER` was set when this set `DONE`, so the place is this side's.
            if let Some(waker) = unsafe { self.take_waker() } {
                waker.wake();
            }
        }
        state & DETACHED == 0
    }

    /// The owner is gone. True if the task is done: the outcome is the owner's, then.
    ///
    /// # Safety
    ///
    /// For the owner, as `poll_done`, and the last call.
    #[inline]
    pub(super) unsafe fn detach(&self) -> bool {
        let state = self.state.load(Ordering::Acquire);
        if state & DONE != 0 {
            return true;
        }
        if !self.change(state, state & !WAKER | DETACHED) {
            return true; // nobody but the task changes it meanwhile
        }
        // SAFETY: `WAKER` is not set any more, nor was `DONE`.
        drop(unsafe { self.take_waker() });
        false
    }
}
