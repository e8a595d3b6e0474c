//! A timer of Tokio's that others are waited for with, and the clock that it goes by.

use super::timer::FAR;
use crate::memory::Pooled;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Handle, Id, RuntimeFlavor};
use tokio::time::{Instant, Sleep};

/// Tokio's timers round up to the next millisecond.
const RESOLUTION: Duration = Duration::from_millis(1);

/// A timer of a runtime of Tokio's.
pub(super) struct DriverTimer(Pooled<Sleep>);

/// How a timer stands that was set.
pub(super) enum Standing {
    /// It calls the waker.
    Set,
    /// It has gone off, or the runtime has ended.
    Elapsed,
    /// The runtime has ended.
    Ended,
}

impl DriverTimer {
    /// One of the runtime of this thread.
    ///
    /// # Panics
    ///
    /// As Tokio does where there is none, or it has no timers.
    pub(super) fn new(at: Instant) -> Self {
        let sleep = tokio::time::sleep_until(at);
        DriverTimer(Pooled::new(|| sleep))
    }

    /// Sets it. It may call its waker while this runs.
    pub(super) fn set(&mut self, at: Instant, waker: &Waker) -> Standing {
        // No program runs that long. At the end of time Tokio could not round up, nor `has_ended` look beyond it.
        let at = at.checked_add(FAR).map_or_else(|| at - FAR, |_| at);
        let mut sleep = self.0.as_mut();
        sleep.as_mut().reset(at);
        if sleep.is_elapsed() {
            return Standing::Elapsed; // to poll it would panic if the runtime has ended
        }
        // Whatever is left of the budget of the task. It panics if the runtime has ended just now.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            pin!(tokio::task::unconstrained(sleep)).poll(&mut Context::from_waker(waker))
        }));
        match polled {
            Ok(Poll::Pending) => Standing::Set,
            Ok(Poll::Ready(())) => Standing::Elapsed,
            Err(_) => Standing::Ended,
        }
    }

    /// Whether the runtime has ended. It is not set any more, then.
    pub(super) fn has_ended(&mut self) -> bool {
        let mut sleep = self.0.as_mut();
        let far = sleep.deadline() + FAR - RESOLUTION;
        sleep.as_mut().reset(far);
        sleep.is_elapsed()
    }
}

/// What time it is, if this is a thread of that runtime: others may have other clocks.
pub(super) fn now_in(runtime: Id) -> Option<Instant> {
    let here = Handle::try_current().ok()?;
    (here.id() == runtime).then(Instant::now)
}

/// Whether the clock of that runtime can be paused.
pub(super) fn is_pausable(runtime: &Handle) -> bool {
    runtime.runtime_flavor() != RuntimeFlavor::MultiThread
}

/// Whether the clock of this thread's runtime is not paused.
pub(super) fn clock_runs() -> bool {
    let (begin, real) = (Instant::now(), std::time::Instant::now());
    while real.elapsed().is_zero() {
        std::hint::spin_loop();
    }
    begin < Instant::now()
}
