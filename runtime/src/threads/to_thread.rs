//! `to_thread`.

use super::call::{Call, with_surroundings};
use super::stop::StopFlag;
use crate::graph;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Calls a function that blocks on another thread, so that the loop goes on: `asyncio.to_thread`.
///
/// Nothing runs before the first poll. The function runs on one of Tokio's blocking threads, with a copy
/// of the context variables that are here. For heavy computing take as many at a time as there are
/// cores ([`gather!`](crate::gather!) with `limit`), or a pool with
/// [`run_in_executor`](crate::run_in_executor).
///
/// # Cancellation
///
/// Dropping the future leaves the thread alone: it runs to its end, and the value is dropped there; a
/// call that has not begun never does. [`to_thread_with`] asks the function to end.
///
/// # Panics
///
/// Without a running event loop. A panic of the function resumes in whoever awaits it; one that nobody
/// awaits goes to the exception handler.
///
/// # Examples
///
/// ```
/// use asyncio::to_thread;
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let manifest = to_thread(|| std::fs::read_to_string("Cargo.toml")).await?;
///     assert!(manifest.contains("[package]"));
///     Ok(())
/// }
/// ```
#[track_caller]
pub fn to_thread<F, T>(function: F) -> ToThread<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    ToThread::new(Box::new(function), None, Location::caller())
}

/// [`to_thread`] for a function that can be asked to end.
///
/// # Cancellation
///
/// Dropping the future sets the [`StopFlag`] and leaves it to the scope around, a task or
/// [`timeout`](crate::timeout()), to wait until the function has ended, as for any cleanup (see
/// [`finally`](crate::finally)). So what it used is free again when the task is done. A function that
/// does not look at the flag holds its task up.
///
/// # Panics
///
/// As [`to_thread`].
///
/// # Examples
///
/// ```
/// use asyncio::{timeout, to_thread_with};
///
/// #[asyncio::main]
/// async fn main() {
///     let search = to_thread_with(|stop| {
///         for candidate in 0_u64.. {
///             if stop.is_set() {
///                 return None;
///             }
///             if candidate * candidate == 2 {
///                 return Some(candidate);
///             }
///         }
///         None
///     });
///     assert!(timeout(0.01, search).await.is_err());
/// }
/// ```
#[track_caller]
pub fn to_thread_with<F, T>(function: F) -> ToThread<T>
where
    F: FnOnce(StopFlag) -> T + Send + 'static,
    T: Send + 'static,
{
    let stop = StopFlag::default();
    let flag = stop.clone();
    ToThread::new(Box::new(|| function(flag)), Some(stop), Location::caller())
}

/// The future of [`to_thread`] and [`to_thread_with`].
#[must_use = "nothing runs before the `.await`"]
pub struct ToThread<T: Send + 'static> {
    state: State<T>,
    stop: Option<StopFlag>,
    location: &'static Location<'static>,
}

enum State<T> {
    /// Not polled yet.
    Start(Box<dyn FnOnce() -> T + Send>),
    Called(Arc<Call<T>>),
    /// It gave its value, or panicked.
    Done,
}

impl<T: Send + 'static> ToThread<T> {
    fn new(
        function: Box<dyn FnOnce() -> T + Send>,
        stop: Option<StopFlag>,
        location: &'static Location<'static>,
    ) -> Self {
        ToThread {
            state: State::Start(function),
            stop,
            location,
        }
    }

    fn start(&self, function: Box<dyn FnOnce() -> T + Send>) -> Arc<Call<T>> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            panic!("no running event loop");
        };
        let (call, job) = Call::new(with_surroundings(function), self.location);
        drop(runtime.spawn_blocking(job));
        call
    }
}

// What is awaited is behind an `Arc`.
impl<T: Send + 'static> Unpin for ToThread<T> {}

impl<T: Send + 'static> Future for ToThread<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let call = match std::mem::replace(&mut self.state, State::Done) {
            State::Start(function) => self.start(function),
            State::Called(call) => call,
            State::Done => panic!("`to_thread` polled after it gave its value"),
        };
        let polled = graph::outside("to_thread", || call.poll(cx));
        if polled.is_pending() {
            self.state = State::Called(call);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToThread<T> {
    fn drop(&mut self) {
        let State::Called(call) = std::mem::replace(&mut self.state, State::Done) else {
            return;
        };
        let Some(stop) = &self.stop else {
            call.abandon();
            return;
        };
        stop.set();
        if call.abandon() {
            let left = async move { poll_fn(|cx| call.poll_left(cx)).await };
            drop(crate::scope::finally_at(left, self.location));
        }
    }
}

impl<T: Send + 'static> fmt::Debug for ToThread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToThread")
            .field("called_at", &format_args!("{}", self.location))
            .finish_non_exhaustive()
    }
}
