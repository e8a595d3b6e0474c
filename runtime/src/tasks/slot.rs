//! The place where the outcome of a task waits for its [`Task`](super::Task). Model-checked:
//! `tests/loom_tasks.rs`.

use super::sync::{Mutex, MutexGuard};
use crate::graph::own_clone;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

/// Where the outcome waits for whoever awaits it.
pub(super) struct Slot<T>(Mutex<SlotState<T>>);

struct SlotState<T> {
    outcome: Option<T>,
    /// Whoever awaits the task.
    joiner: Option<Waker>,
    /// The `Task` was dropped: nobody will retrieve the outcome.
    detached: bool,
    taken: bool,
    /// Somebody looked at the outcome, which counts as having retrieved it.
    looked_at: bool,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Slot(Mutex::new(SlotState {
            outcome: None,
            joiner: None,
            detached: false,
            taken: false,
            looked_at: false,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, SlotState<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the outcome, or arranges for a wake-up.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.lock();
        assert!(!state.taken, "task polled after it gave its outcome");
        if let Some(outcome) = state.outcome.take() {
            state.taken = true;
            return Poll::Ready(outcome);
        }
        let old = register(&mut state.joiner, cx.waker());
        drop(state);
        drop(old);
        Poll::Pending
    }

    /// Takes the outcome, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        let mut state = self.lock();
        let outcome = state.outcome.take();
        state.taken |= outcome.is_some();
        outcome
    }

    /// Looks at the outcome, if there is one; it counts as retrieved then.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let mut state = self.lock();
        state.looked_at |= state.outcome.is_some();
        state.outcome.as_ref().map(look)
    }

    /// Whether there is an outcome (or was); or arranges for a wake-up.
    pub(super) fn poll_done(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.outcome.is_some() || state.taken {
            return Poll::Ready(());
        }
        let old = register(&mut state.joiner, cx.waker());
        drop(state);
        drop(old);
        Poll::Pending
    }

    /// Whether there is an outcome, or was.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.outcome.is_some() || state.taken
    }

    /// The `Task` is gone. Gives the outcome that it did not take, and whether that was retrieved.
    pub(super) fn detach(&self) -> Option<(T, bool)> {
        let mut state = self.lock();
        state.detached = true;
        let joiner = state.joiner.take();
        let outcome = state.outcome.take();
        let looked_at = state.looked_at;
        drop(state);
        drop(joiner);
        outcome.map(|outcome| (outcome, looked_at))
    }

    /// Stores the outcome and wakes the joiner; gives it back if nobody will retrieve it.
    pub(super) fn store(&self, outcome: T) -> Option<T> {
        let mut state = self.lock();
        if state.detached {
            return Some(outcome);
        }
        state.outcome = Some(outcome);
        let joiner = state.joiner.take();
        drop(state);
        if let Some(joiner) = joiner {
            joiner.wake();
        }
        None
    }
}

/// Stores a waker; the old one is to be dropped without the lock.
fn register(slot: &mut Option<Waker>, waker: &Waker) -> Option<Waker> {
    match slot {
        Some(old) if old.will_wake(waker) => None,
        _ => slot.replace(own_clone(waker)),
    }
}
