//! `TimeoutHandle`: a time limit, seen and moved while it runs.

use crate::graph::own_clone;
use crate::{IntoDuration, InvalidStateError};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use tokio::time::Instant;

/// Sees and moves the deadline of a [`timeout`](crate::timeout()) while it runs: the object of Python's
/// `async with asyncio.timeout(..) as cm`.
///
/// # Examples
///
/// ```
/// use asyncio::{TimeoutHandle, sleep, timeout};
///
/// #[asyncio::main]
/// async fn main() {
///     let limit = TimeoutHandle::new();
///     let result = timeout(0.02, async {
///         limit.reschedule(60).unwrap(); // it takes longer, after all
///         sleep(0.05).await;
///         "done"
///     })
///     .with_handle(&limit)
///     .await;
///     assert_eq!(result, Ok("done"));
///     assert!(!limit.expired());
/// }
/// ```
#[derive(Clone, Default)]
pub struct TimeoutHandle {
    pub(super) control: Arc<Control>,
}

#[derive(Default)]
pub(super) struct Control(Mutex<ControlState>);

#[derive(Default)]
pub(super) struct ControlState {
    pub(super) when: Option<Instant>,
    /// A new deadline, or none, that the time-out has not seen yet.
    request: Option<Option<Instant>>,
    /// The time-out was polled.
    begun: bool,
    pub(super) expired: bool,
    finished: bool,
    waker: Option<Waker>,
}

impl Control {
    pub(super) fn lock(&self) -> MutexGuard<'_, ControlState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No deadline is left to move.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        state.finished = true;
        let waker = state.waker.take();
        drop(state);
        drop(waker);
    }

    /// The time limit is dropped. One whose time is up has expired, also if an outer one of the same time was
    /// looked at first.
    pub(super) fn dropped(&self) {
        let mut state = self.lock();
        if state.begun && !state.finished {
            state.expired |= state.when.is_some_and(|at| at <= Instant::now());
        }
        drop(state);
        self.finish();
    }

    pub(super) fn take_request(&self, waker: &Waker) -> Option<Option<Instant>> {
        let mut state = self.lock();
        state.begun = true;
        let old = match &state.waker {
            Some(old) if old.will_wake(waker) => None,
            _ => state.waker.replace(own_clone(waker)),
        };
        let request = state.request.take();
        drop(state);
        drop(old);
        request
    }
}

impl TimeoutHandle {
    /// A handle that is not in use: pass it to [`Timeout::with_handle`](crate::futures::Timeout::with_handle).
    #[must_use]
    pub fn new() -> Self {
        TimeoutHandle::default()
    }

    /// The deadline, if there is one: `Timeout.when()`. That of a limit which is a duration counts from its first
    /// poll, and is `None` before.
    #[must_use]
    pub fn when(&self) -> Option<Instant> {
        self.control.lock().when
    }

    /// Whether the limit passed: `Timeout.expired()`.
    #[must_use]
    pub fn expired(&self) -> bool {
        self.control.lock().expired
    }

    /// Moves the deadline to this long from now.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if the time-out has not begun, has expired or is over, as Python raises
    /// `RuntimeError`.
    pub fn reschedule(&self, from_now: impl IntoDuration) -> Result<(), InvalidStateError> {
        self.request(Instant::now().checked_add(from_now.into_duration()))
    }

    /// Moves the deadline: `Timeout.reschedule(when)`. With `None` it never passes.
    ///
    /// # Errors
    ///
    /// As [`TimeoutHandle::reschedule`].
    pub fn reschedule_at(&self, when: impl Into<Option<Instant>>) -> Result<(), InvalidStateError> {
        self.request(when.into())
    }

    fn request(&self, when: Option<Instant>) -> Result<(), InvalidStateError> {
        let mut state = self.control.lock();
        if state.expired {
            return Err(InvalidStateError::new("the time-out has expired"));
        }
        if state.finished {
            return Err(InvalidStateError::new("the time-out is over"));
        }
        if !state.begun {
            return Err(InvalidStateError::new("the time-out has not begun"));
        }
        state.when = when;
        state.request = Some(when);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }
}

impl fmt::Debug for TimeoutHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.control.lock();
        f.debug_struct("TimeoutHandle")
            .field("when", &state.when)
            .field("expired", &state.expired)
            .finish()
    }
}
