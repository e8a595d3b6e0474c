//! How a task ended, and how whoever awaits it learns that its outcome is there: one word.
//!
//! # Why this is sound
//!
//! There are two sides: the task, which calls [`finish`](Join::finish) once, after it has written the
//! outcome; and the owner of the [`Task`](super::Task), who calls `poll_done` and `detach`, one at a
//! time. There is a waker in its place while `WAKER` is set, and only then. The place belongs to the owner's
//! side, except while that bit is set: then the waker belongs to whoever clears it, or to the task's side once it
//! has set `DONE`. So before it changes the place the owner clears the bit by a compare-and-swap, which
//! fails once `DONE` is set; and the task's side takes the waker only if it found `WAKER` set when it set `DONE`. It
//! does so by reading the place, so that the owner may read it meanwhile, to compare. The outcome belongs
//! to the task's side until `DONE`, to the owner's side from then on; if `DETACHED` was set before, it stays
//! with the task's. Anybody may set `CALLBACKS`. Model-checked: `tests/loom_tasks.rs`.
#![allow(unsafe_code)]

use crate::graph::own_clone;
use crate::sync::{AtomicUsize, UnsafeCell};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;
use std::task::Waker;

/// The outcome is there, or was.
const DONE: usize = 1;
/// The place has a waker in it, for the task's side to take.
const WAKER: usize = 2;
/// The `Task` was dropped: nobody will retrieve the outcome.
const DETACHED: usize = 4;
/// The outcome was taken out. Set by the owner's side.
const TAKEN: usize = 8;
/// Somebody looked at the outcome, which counts as having retrieved it. Set by the owner's side.
const LOOKED_AT: usize = 16;
/// Somebody has a callback for the end. Of no meaning once the task is done.
const CALLBACKS: usize = 32;
/// From this bit on how it ended, once it is done.
const HOW: usize = 6;

/// Between a task and whoever awaits it.
pub(super) struct Join {
    // As large as what is beside it: a hole would be copied, with what comes after it, by loads that do not match the
    // stores just before, for which the processor waits some 5 ns whenever a task is made.
    state: AtomicUsize,
    waker: UnsafeCell<MaybeUninit<Waker>>,
}

/// What there was when a task ended.
#[derive(Clone, Copy)]
#[must_use = "whoever awaits the task has to be woken"]
pub(super) struct Finished(usize);

impl Finished {
    /// The outcome is left to an owner who does not wait for it, and there are no callbacks.
    #[inline]
    pub(super) fn is_quiet(self) -> bool {
        self.0 & (WAKER | DETACHED | CALLBACKS) == 0
    }

    /// There is somebody to wake, and nothing else to do.
    #[inline]
    pub(super) fn is_awaited_only(self) -> bool {
        self.0 & (WAKER | DETACHED | CALLBACKS) == WAKER
    }

    /// Nobody will retrieve the outcome: it stays with the task's side.
    #[inline]
    pub(super) fn is_detached(self) -> bool {
        self.0 & DETACHED != 0
    }

    #[inline]
    pub(super) fn has_callbacks(self) -> bool {
        self.0 & CALLBACKS != 0
    }
}

// SAFETY: the waker is `Send`, and touched by one thread at a time, as said above.
unsafe impl Sync for Join {}

impl Join {
    #[inline]
    pub(super) fn new() -> Self {
        Join {
            state: AtomicUsize::new(0),
            waker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Whether there is an outcome, or was.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) & DONE != 0
    }

    /// How it ended, if it has: what [`finish`](Self::finish) was given.
    #[inline]
    pub(super) fn ended(&self) -> Option<usize> {
        let state = self.state.load(Ordering::Acquire);
        (state & DONE != 0).then_some(state >> HOW)
    }

    /// There are callbacks for the end. False if that has come.
    pub(super) fn note_callbacks(&self) -> bool {
        self.state.fetch_or(CALLBACKS, Ordering::AcqRel) & DONE == 0
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
        // The task's side no longer changes it; what others set is of no meaning any more.
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
        if state & DONE != 0 {
            return true;
        }
        if state & WAKER != 0 {
            // SAFETY: passed on to the caller.
            return unsafe { self.register_again(state, waker) };
        }
        self.waker.with_mut(|place| {
            // SAFETY: `WAKER` is not set, nor was `DONE`, so the place is this side's.
            unsafe { &mut *place }.write(own_clone(waker));
        });
        // SAFETY: it was put there just now.
        unsafe { self.offer_waker(state) }
    }

    /// Whether this is the waker that is woken when the outcome is there, which it was not yet.
    ///
    /// # Safety
    ///
    /// As `poll_done`.
    #[inline]
    pub(super) unsafe fn wakes(&self, waker: &Waker) -> bool {
        let state = self.state.load(Ordering::Acquire);
        state & (DONE | WAKER) == WAKER
            && self.waker.with(|place| {
                // SAFETY: only this side writes to it.
                let place = unsafe { &*place };
                // SAFETY: there is one. The task's side may take it just now, and drop it: so it is not used, but
                // compared by what it consists of.
                unsafe { place.assume_init_ref() }.will_wake(waker)
            })
    }

    /// [`poll_done`](Self::poll_done) where there is a waker.
    ///
    /// # Safety
    ///
    /// As there.
    #[inline(never)]
    unsafe fn register_again(&self, state: usize, waker: &Waker) -> bool {
        if !self.change(state, WAKER, 0) {
            return true;
        }
        let old = self.waker.with_mut(|place| {
            // SAFETY: the bit was set until just now, and `DONE` is not, so the place is this side's.
            let place = unsafe { &mut *place };
            // SAFETY: as above.
            let old = unsafe { place.assume_init_mut() };
            let is_new = !old.will_wake(waker);
            is_new.then(|| std::mem::replace(old, own_clone(waker)))
        });
        // SAFETY: there is one in the place.
        let done = unsafe { self.offer_waker(state & !WAKER) };
        drop(old);
        done
    }

    /// Leaves the waker that was put in its place to the task's side. True if the task is done.
    ///
    /// # Safety
    ///
    /// The place is the owner's side's, with a waker in it.
    #[inline]
    unsafe fn offer_waker(&self, state: usize) -> bool {
        let done = !self.change(state, 0, WAKER);
        if done {
            // SAFETY: the bit was not set, so it is still this side's.
            drop(unsafe { self.take_waker() });
        }
        done
    }

    /// Clears some bits of what was the state, and sets others. False if the task is done.
    #[inline]
    fn change(&self, mut state: usize, clear: usize, set: usize) -> bool {
        while state & DONE == 0 {
            let new = state & !clear | set;
            let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
            match self
                .state
                .compare_exchange_weak(state, new, success, failure)
            {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// # Safety
    ///
    /// The place must be this side's, with a waker in it.
    #[inline]
    unsafe fn take_waker(&self) -> Waker {
        self.waker.with(|place| {
            // SAFETY: passed on to the caller.
            let place = unsafe { &*place };
            // SAFETY: as above; it is not read again.
            unsafe { place.assume_init_read() }
        })
    }

    /// The outcome is there. Whoever awaits it has to be [woken](Self::wake), unless it is quiet. `how` is less
    /// than four.
    ///
    /// # Safety
    ///
    /// For the task, once.
    #[inline]
    pub(super) unsafe fn finish(&self, how: usize) -> Finished {
        // It adds bits that are not set.
        Finished(self.state.fetch_add(DONE | how << HOW, Ordering::AcqRel))
    }

    /// Wakes whoever awaits the outcome.
    ///
    /// # Safety
    ///
    /// For the task, once, with what `finish` gave.
    #[inline]
    pub(super) unsafe fn wake(&self, finished: Finished) {
        if finished.0 & WAKER != 0 {
            // SAFETY: `WAKER` was set when `DONE` was, so the place is this side's.
            unsafe { self.take_waker() }.wake();
        }
    }

    /// The owner is gone. True if the task is done: the outcome is the owner's, then.
    ///
    /// # Safety
    ///
    /// For the owner, as `poll_done`, and the last call.
    #[inline]
    pub(super) unsafe fn detach(&self) -> bool {
        let state = self.state.load(Ordering::Acquire);
        if !self.change(state, WAKER, DETACHED) {
            return true;
        }
        if state & WAKER != 0 {
            // SAFETY: `WAKER` was set until just now, and `DONE` was not.
            drop(unsafe { self.take_waker() });
        }
        false
    }
}
