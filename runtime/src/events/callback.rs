//! A function that the event loop calls: `asyncio.Handle`.

use super::debug::Watch;
use super::{ExceptionContext, call_exception_handler};
use crate::contextvars::Snapshot;
use crate::scope::report;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Function = Box<dyn FnOnce() + Send>;

/// A function to be called once, in a context, unless it is cancelled before.
pub(crate) struct Callback {
    function: Mutex<Option<Function>>,
    cancelled: AtomicBool,
    /// Where it was scheduled.
    location: &'static Location<'static>,
}

impl Callback {
    /// One that has a copy of the context variables that are here.
    pub(crate) fn new(
        function: impl FnOnce() + Send + 'static,
        location: &'static Location<'static>,
    ) -> Arc<Self> {
        let variables = Snapshot::take();
        Arc::new(Callback {
            function: Mutex::new(Some(Box::new(|| variables.run(function)))),
            cancelled: AtomicBool::new(false),
            location,
        })
    }

    fn take(&self) -> Option<Function> {
        let mut function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        function.take()
    }

    /// Calls it, if that has not happened. A panic goes to the exception handler.
    pub(crate) fn run(&self) {
        let Some(function) = self.take() else { return };
        let watch = Watch::start();
        let called = catch_unwind(AssertUnwindSafe(function));
        let what = || format!("the callback scheduled at {}", self.location);
        watch.stop(what);
        if let Err(payload) = called {
            call_exception_handler(&ExceptionContext::of(
                "Exception in callback",
                format!(
                    "the callback scheduled at {} panicked: {}",
                    self.location,
                    report::message(&*payload)
                ),
                None,
                Some(self.location),
            ));
        }
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        drop(self.take());
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Whether it was neither called nor cancelled.
    pub(super) fn is_waiting(&self) -> bool {
        let function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        function.is_some()
    }
}

/// A callback that waits for its call: `asyncio.Handle`, what
/// [`LoopHandle::call_soon`](crate::LoopHandle::call_soon) gives.
///
/// Dropping it changes nothing. A panic of the callback goes to the exception handler
/// ([`set_exception_handler`](crate::set_exception_handler)) as "Exception in callback".
///
/// # Examples
///
/// ```
/// use asyncio::{get_running_loop, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let handle = get_running_loop().call_soon(|| unreachable!());
///     handle.cancel();
///     assert!(handle.cancelled());
///     sleep(0).await;
/// }
/// ```
#[derive(Clone)]
pub struct Handle {
    callback: Arc<Callback>,
}

impl Handle {
    pub(crate) fn new(callback: Arc<Callback>) -> Self {
        Handle { callback }
    }

    /// Drops the callback: if it has not been called, it never is. `Handle.cancel`.
    pub fn cancel(&self) {
        self.callback.cancel();
    }

    /// Whether it was cancelled, by [`cancel`](Self::cancel) or because its loop was closed when it was
    /// scheduled.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.callback.is_cancelled()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("scheduled_at", &format_args!("{}", self.callback.location))
            .field("waiting", &self.callback.is_waiting())
            .field("cancelled", &self.cancelled())
            .finish()
    }
}
