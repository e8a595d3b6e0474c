//! How a task is asked to end, from any thread, and how it learns of that.
//!
//! The task compares the number of requests with those that it has carried out, at each poll and once
//! more when its waker is known; one of our loop in [special turns](super::Turn::Special) only, which a request makes its turns
//! when the loop learns of it. Model-checked: `tests/loom_tasks.rs`, and `loom_home.rs` for the latter.

use super::lazy::Lazy;
use crate::sync::{AtomicU32, Mutex, MutexGuard};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::Waker;

/// Requests to end, the first one with a message.
pub(super) struct Requests<M> {
    made: AtomicU32,
    /// `ENDED` once the task has ended.
    carried_out: AtomicU32,
    /// From the first request on, or where the waker is kept.
    state: Lazy<Mutex<State<M>>>,
}

const ENDED: u32 = u32::MAX;

struct State<M> {
    message: Option<M>,
    /// How often somebody asked who means each request to count.
    asked: u32,
    stopped: bool,
    /// Wakes the task itself.
    waker: Option<Waker>,
}

impl<M: Clone> Requests<M> {
    #[inline]
    pub(super) fn new() -> Self {
        Requests {
            made: AtomicU32::new(0),
            carried_out: AtomicU32::new(0),
            state: Lazy::new(),
        }
    }

    /// Whether nothing was ever kept in it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.state.get().is_none()
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        let state = self.state.get_or_init(|| {
            Mutex::new(State {
                message: None,
                asked: 0,
                stopped: false,
                waker: None,
            })
        });
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If there were any, or the waker is kept.
    fn existing_state(&self) -> Option<MutexGuard<'_, State<M>>> {
        let state = self.state.get()?;
        Some(state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn has_ended(&self) -> bool {
        self.carried_out.load(Ordering::Acquire) == ENDED
    }

    /// How many there are.
    #[inline]
    pub(super) fn made(&self) -> u32 {
        self.made.load(Ordering::Acquire)
    }

    /// Adds one. False if the task has ended.
    ///
    /// With `again` each counts, and the second of them interrupts the cleanup. Runners and groups ask
    /// without, however often: that never makes a request of somebody else the second.
    pub(super) fn cancel(&self, message: Option<M>, again: bool) -> bool {
        self.ask(message, again, true)
    }

    /// [`cancel`](Self::cancel) by the task itself, which looks for it when it suspends, and has its turn after all
    /// that it made ready until then.
    pub(super) fn cancel_itself(&self, message: Option<M>, again: bool) -> bool {
        self.ask(message, again, false)
    }

    fn ask(&self, message: Option<M>, again: bool, wakes: bool) -> bool {
        if self.has_ended() {
            return false;
        }
        let mut state = self.state();
        let counts = again && state.asked > 0;
        state.asked = state.asked.saturating_add(u32::from(again));
        if !counts && self.made.load(Ordering::Relaxed) > 0 {
            return true;
        }
        if self.made.fetch_add(1, Ordering::Release) == 0 {
            state.message = message; // the first one's message is what is delivered
        }
        if wakes {
            wake(state);
        }
        true
    }

    /// How many requests there were; those that do not count as a second one are one together.
    pub(super) fn asked(&self) -> u32 {
        let asked = self.existing_state().map_or(0, |state| state.asked);
        asked.max(self.made().min(1))
    }

    /// Whether anybody asked who means each request to count.
    pub(super) fn was_asked(&self) -> bool {
        self.existing_state().is_some_and(|state| state.asked > 0)
    }

    /// Ends the task at once: its cleanup is dropped and reported.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        self.made.fetch_add(1, Ordering::Release);
        wake(state);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.existing_state().is_some_and(|state| state.stopped)
    }

    pub(super) fn message(&self) -> Option<M> {
        self.existing_state()?.message.clone()
    }

    /// The task has carried out so many.
    pub(super) fn carried_out(&self, requests: u32) {
        self.carried_out.store(requests, Ordering::Release);
    }

    /// How many the task has carried out: for the task, before it has ended.
    #[inline]
    pub(super) fn so_far(&self) -> u32 {
        self.carried_out.load(Ordering::Relaxed)
    }

    /// How many there are, if one has not been carried out yet: for the task, before it has ended.
    #[inline]
    pub(super) fn due(&self) -> Option<u32> {
        let made = self.made();
        (made != self.so_far()).then_some(made)
    }

    /// Whether one has not been carried out yet.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        let carried_out = self.carried_out.load(Ordering::Acquire);
        carried_out != ENDED && carried_out != self.made()
    }

    /// Where requests find the task. The task has to look at `made` afterwards.
    pub(super) fn set_waker(&self, waker: &Waker) {
        let old = self.state().waker.replace(waker.clone());
        drop(old);
    }

    /// The task has ended.
    #[inline]
    pub(super) fn end(&self) {
        self.carried_out.store(ENDED, Ordering::Release);
        if self.state.get().is_some() {
            self.forget_waker();
        }
    }

    #[cold]
    fn forget_waker(&self) {
        let waker = self
            .existing_state()
            .and_then(|mut state| state.waker.take());
        drop(waker);
    }
}

/// Wakes the task, without the lock.
fn wake<M>(state: MutexGuard<'_, State<M>>) {
    let waker = state.waker.clone();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
