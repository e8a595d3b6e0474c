//! `run_coroutine_threadsafe`: a thread gives a future to the loop, and waits for it.

use crate::events::on_local_loop;
use crate::tasks::current;
use crate::{CancelledError, IntoDuration, LoopHandle, Task, TaskHandle, TimeoutError};
use std::borrow::Cow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

/// Runs a future on a loop from a thread that is not the loop's: `asyncio.run_coroutine_threadsafe`.
///
/// It runs as a task of that loop, with a copy of the context variables that are here.
///
/// # Examples
///
/// ```
/// use asyncio::{get_running_loop, run_coroutine_threadsafe, sleep, to_thread};
///
/// #[asyncio::main]
/// async fn main() {
///     let event_loop = get_running_loop();
///     let answer = to_thread(move || {
///         let future = run_coroutine_threadsafe(async {
///             sleep(0.01).await;
///             42
///         }, &event_loop);
///         future.result() // blocks this thread
///     });
///     assert_eq!(answer.await, Ok(42));
/// }
/// ```
#[track_caller]
pub fn run_coroutine_threadsafe<F>(
    future: F,
    event_loop: &LoopHandle,
) -> ConcurrentFuture<F::Output>
where
    F: IntoFuture,
    F::IntoFuture: Send + 'static,
    F::Output: Send + 'static,
{
    ConcurrentFuture {
        task: event_loop.create_task(future),
    }
}

/// A task of a loop, for a thread that waits for it: `concurrent.futures.Future`, what
/// [`run_coroutine_threadsafe`] gives.
///
/// Awaiting it, on another loop, is asyncio's `wrap_future`. Dropping it leaves the task alone.
#[must_use = "the task runs, but its value comes with `result()`"]
pub struct ConcurrentFuture<T> {
    task: Task<T>,
}

/// Why there is no value: what [`ConcurrentFuture::result_timeout`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitError {
    /// The task was cancelled.
    Cancelled(CancelledError),
    /// It takes longer than the limit, and runs on.
    TimedOut(TimeoutError),
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitError::Cancelled(error) => error.fmt(f),
            WaitError::TimedOut(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WaitError {}

impl From<CancelledError> for WaitError {
    fn from(error: CancelledError) -> Self {
        WaitError::Cancelled(error)
    }
}

impl From<TimeoutError> for WaitError {
    fn from(error: TimeoutError) -> Self {
        WaitError::TimedOut(error)
    }
}

impl<T> ConcurrentFuture<T> {
    /// Blocks this thread until there is a value: `Future.result()`.
    ///
    /// # Errors
    ///
    /// [`CancelledError`] if the task was cancelled, or its loop was closed.
    ///
    /// # Panics
    ///
    /// With the panic of the task. On a thread that runs a loop, where it would block that: `.await` it
    /// there.
    #[track_caller]
    pub fn result(mut self) -> Result<T, CancelledError> {
        match self.block(None) {
            Some(result) => result,
            None => unreachable!("without a deadline there is no end but the task's"),
        }
    }

    /// Blocks this thread until there is a value, for at most `limit`: `Future.result(timeout)`.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] when the limit passed; the task runs on, and this can be called again.
    /// [`WaitError::Cancelled`] if the task was cancelled.
    ///
    /// # Panics
    ///
    /// As [`result`](Self::result), if the limit is NaN, and after it gave the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{get_running_loop, run_coroutine_threadsafe, sleep, to_thread};
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let event_loop = get_running_loop();
    ///     let waited = to_thread(move || {
    ///         let mut future = run_coroutine_threadsafe(sleep(3600), &event_loop);
    ///         let result = future.result_timeout(0.01);
    ///         future.cancel();
    ///         result
    ///     });
    ///     assert_eq!(waited.await.unwrap_err().to_string(), "timed out after 10ms");
    /// }
    /// ```
    #[track_caller]
    pub fn result_timeout(&mut self, limit: impl IntoDuration) -> Result<T, WaitError> {
        let limit = limit.into_duration();
        match self.block(Instant::now().checked_add(limit)) {
            Some(result) => Ok(result?),
            None => Err(TimeoutError::new(limit).into()),
        }
    }

    /// Asks the task to end: `Future.cancel()`. False if it is done. See [`Task::cancel`].
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// [`cancel`](Self::cancel) with a reason.
    pub fn cancel_with(&self, message: impl Into<Cow<'static, str>>) -> bool {
        self.task.cancel_with(message)
    }

    /// Whether it is done: `Future.done`.
    pub fn done(&self) -> bool {
        self.task.done()
    }

    /// Whether it is done because it was cancelled: `Future.cancelled`.
    pub fn cancelled(&self) -> bool {
        self.task.cancelled()
    }

    /// The task that it is on the loop.
    pub fn task(&self) -> TaskHandle {
        self.task.handle()
    }

    #[track_caller]
    fn block(&mut self, deadline: Option<Instant>) -> Option<Result<T, CancelledError>> {
        assert!(
            current::header().is_none() && !on_local_loop(),
            "`result` would block the event loop of this thread: `.await` the future instead"
        );
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(result) = Pin::new(&mut self.task).poll(&mut cx) {
                return Some(result);
            }
            match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return None,
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
    }
}

impl<T> Future for ConcurrentFuture<T> {
    type Output = Result<T, CancelledError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> fmt::Debug for ConcurrentFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConcurrentFuture").field(&self.task).finish()
    }
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
