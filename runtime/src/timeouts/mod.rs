//! Time limits: `Lib/asyncio/timeouts.py`, and `wait_for`.

mod future;
mod handle;
mod move_on;
mod options;
mod parts;
mod poll;
mod term;

pub use future::Timeout;
pub use handle::TimeoutHandle;
pub use move_on::{MoveOn, move_on_after};

use crate::tasks::current::Deadline;
use crate::{Awaitable, IntoDuration};
use tokio::time::Instant;

/// Limits how long a future may take: `asyncio.timeout`.
///
/// When the limit passes first, the future is dropped, the cleanup that it hands over is awaited, and
/// the result is [`TimeoutError`](crate::TimeoutError); the total time includes the cleanup, as in asyncio.
/// The limit counts from the first suspension of the future, so that one which never suspends reads no
/// clock (with a [`TimeoutHandle`], from the first poll). On asyncio's own loop it counts from the end of the turn of
/// the loop in which that is, before the loop looks for timers and I/O: one that is done by then reads none
/// either. So it is never early, and late by no more than the tasks take that run in that turn, at most 128 of
/// them. A virtual clock stands still meanwhile. With a limit of zero the future runs up to its first suspension.
/// On a tie the time-out wins; of nested ones that pass together, the outer. A value that the future came
/// to in time stands, however long its cleanup takes.
///
/// [`TimeoutHandle`] moves the deadline while the future runs. [`remaining`](crate::remaining()) tells
/// what is left of it. `#[timeout(2s)]` is the same for a whole function, `wait_for!(future, 2s)` takes
/// the literal.
///
/// # Errors
///
/// [`TimeoutError`](crate::TimeoutError), which names this limit.
///
/// # Cancellation
///
/// As for any scope: see [`scope`](crate::scope()). A cleanup that hangs makes a time-out unbounded;
/// [`Timeout::grace`] limits that.
///
/// # Panics
///
/// If the limit is NaN; when it is polled outside of a Tokio runtime and the future suspends; and with
/// a panic of the future, once its cleanup is done.
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, timeout};
///
/// #[asyncio::main]
/// async fn main() {
///     let error = timeout(0.01, sleep(60)).await.unwrap_err();
///     assert_eq!(error.to_string(), "timed out after 10ms");
///     assert_eq!(timeout(60, async { 7 }).await, Ok(7));
/// }
/// ```
#[track_caller]
pub fn timeout<F: Awaitable<K>, K>(limit: impl IntoDuration, future: F) -> Timeout<F::Future> {
    Timeout::new(
        Deadline::Within(limit.into_duration()),
        future.into_awaited(),
    )
}

/// [`timeout`](timeout()) with a deadline instead of a duration: `asyncio.timeout_at`.
///
/// # Errors
///
/// [`TimeoutError`](crate::TimeoutError), with the time from the first poll to the deadline.
///
/// # Examples
///
/// ```
/// use asyncio::{Instant, sleep, timeout_at};
/// use std::time::Duration;
///
/// #[asyncio::main]
/// async fn main() {
///     let deadline = Instant::now() + Duration::from_millis(10);
///     assert!(timeout_at(deadline, sleep(60)).await.is_err());
/// }
/// ```
#[track_caller]
pub fn timeout_at<F: Awaitable<K>, K>(
    deadline: impl Into<Instant>,
    future: F,
) -> Timeout<F::Future> {
    Timeout::new(Deadline::At(deadline.into()), future.into_awaited())
}

/// [`timeout`](timeout()) whose arguments stand as in Python: `asyncio.wait_for`.
///
/// One difference: with a limit of zero or less the future never starts, as in asyncio.
///
/// # Errors
///
/// [`TimeoutError`](crate::TimeoutError) if the limit passed first.
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, wait_for};
///
/// #[asyncio::main]
/// async fn main() {
///     assert!(wait_for(sleep(60), 0.01).await.is_err());
///     assert!(wait_for(async { panic!("never started") }, 0).await.is_err());
/// }
/// ```
#[track_caller]
pub fn wait_for<F: Awaitable<K>, K>(future: F, limit: impl IntoDuration) -> Timeout<F::Future> {
    let limit = limit.into_duration();
    let mut timeout = Timeout::new(Deadline::Within(limit), future.into_awaited());
    if limit.is_zero() {
        timeout.never_start();
    }
    timeout
}
