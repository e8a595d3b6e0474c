//! What runs calls on threads: `loop.run_in_executor`.

use super::call::{Call, with_surroundings};
use crate::graph;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// One call for an [`Executor`] to make, on whatever thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Something that runs jobs on threads: `concurrent.futures.Executor`, as far as asyncio needs it.
///
/// Closures that take a [`Job`] are executors; with the feature `rayon`, a `rayon::ThreadPool` is one;
/// [`DefaultExecutor`] is Tokio's pool of blocking threads.
///
/// # Examples
///
/// ```
/// use asyncio::{Job, run_in_executor};
/// use std::sync::mpsc;
///
/// #[asyncio::main]
/// async fn main() {
///     // A pool of one thread, which makes one call after the other.
///     let (queue, jobs) = mpsc::channel::<Job>();
///     std::thread::spawn(move || jobs.into_iter().for_each(|job| job()));
///     let pool = move |job: Job| queue.send(job).unwrap();
///
///     let sum = run_in_executor(&pool, || (1..=100).sum::<u32>()).await;
///     assert_eq!(sum, 5050);
/// }
/// ```
pub trait Executor {
    /// Runs the job, soon and on another thread. It never panics. To drop it is to refuse it.
    fn execute(&self, job: Job);
}

impl<F: Fn(Job)> Executor for F {
    fn execute(&self, job: Job) {
        self(job);
    }
}

#[cfg(feature = "rayon")]
impl Executor for rayon::ThreadPool {
    fn execute(&self, job: Job) {
        self.spawn(job);
    }
}

/// The threads that [`to_thread`](crate::to_thread) uses: Tokio's, up to 512 of them unless the runtime
/// was built otherwise. `run_in_executor(None, ..)` of asyncio.
///
/// # Examples
///
/// ```
/// use asyncio::{DefaultExecutor, run_in_executor};
///
/// #[asyncio::main]
/// async fn main() {
///     assert_eq!(run_in_executor(&DefaultExecutor, || 6 * 7).await, 42);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultExecutor;

impl Executor for DefaultExecutor {
    /// # Panics
    ///
    /// Without a running event loop.
    fn execute(&self, job: Job) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            panic!("no running event loop");
        };
        drop(runtime.spawn_blocking(job));
    }
}

/// Calls `function` on a thread of a pool: `loop.run_in_executor`.
///
/// The call is given to the pool here, not when the future is first polled, and awaiting the future
/// gives its value. It sees a copy of the context variables that are here, as that of
/// [`to_thread`](crate::to_thread) does (in asyncio it does not).
///
/// # Cancellation
///
/// Dropping the future leaves the call alone: if it is running, it runs to its end, and its value is
/// dropped on the thread. One that has not begun never does.
///
/// # Panics
///
/// Awaiting it resumes a panic of the function, and panics if the pool dropped the job. A panic that
/// nobody awaits goes to the exception handler.
///
/// # Examples
///
/// See [`Executor`].
#[track_caller]
pub fn run_in_executor<P, F, T>(pool: &P, function: F) -> RunInExecutor<T>
where
    P: Executor + ?Sized,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (call, job) = Call::new(with_surroundings(function), Location::caller());
    let future = RunInExecutor { call: Some(call) };
    pool.execute(Box::new(job));
    future
}

/// The future of [`run_in_executor`].
#[must_use = "the call runs, but its value comes with `.await`"]
pub struct RunInExecutor<T: Send + 'static> {
    /// `None` once it gave its value.
    call: Option<Arc<Call<T>>>,
}

impl<T: Send + 'static> Future for RunInExecutor<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let call = self.call.as_ref();
        let call = call.expect("`run_in_executor` polled after it gave its value");
        let value = std::task::ready!(graph::outside("run_in_executor", || call.poll(cx)));
        self.call = None;
        Poll::Ready(value)
    }
}

impl<T: Send + 'static> Drop for RunInExecutor<T> {
    fn drop(&mut self) {
        if let Some(call) = &self.call {
            call.abandon();
        }
    }
}

impl<T: Send + 'static> fmt::Debug for RunInExecutor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunInExecutor").finish_non_exhaustive()
    }
}
