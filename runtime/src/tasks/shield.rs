//! `shield`: work that outlives whoever waits for it.

use super::{Task, create_task, current};
use crate::outcome::Outcome;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Protects a future from the cancellation of whoever awaits it: `asyncio.shield`.
///
/// The future starts at once, as a task. When the [`Shield`] is dropped the task runs on, and a failure
/// that nobody retrieves is reported as any task's is. Awaiting gives what the future gives: a plain
/// value for a plain future, `Result<T, CancelledError>` for a [`Task`].
///
/// A task is shielded by itself: to stop awaiting it, or to drop it, never cancels it.
///
/// # Cancellation
///
/// Dropping it detaches the task. When [`run`](crate::run) ends, detached tasks are cancelled. If the
/// task behind the shield is cancelled while somebody awaits it, whoever awaits it is cancelled, too.
///
/// # Panics
///
/// Without a running event loop. A panic of the future resumes in whoever awaits it. If the task behind
/// the shield is cancelled and whoever awaits it cannot be, since it is no task of this crate or is
/// being cleaned up already, that panics: there is no value to go on with.
///
/// # Examples
///
/// ```
/// use asyncio::{shield, sleep, timeout};
///
/// #[asyncio::main]
/// async fn main() {
///     let (tx, rx) = tokio::sync::oneshot::channel();
///     let saved = timeout(0.01, shield(async move {
///         sleep(0.03).await;
///         tx.send("saved").unwrap();
///     }))
///     .await;
///     assert!(saved.is_err());
///     assert_eq!(rx.await, Ok("saved"));
/// }
/// ```
#[track_caller]
pub fn shield<F>(future: F) -> Shield<F::Output>
where
    F: IntoFuture,
    F::IntoFuture: Send + 'static,
    F::Output: Send + 'static,
{
    Shield {
        task: create_task(future),
        cancelled: false,
    }
}

/// The future of [`shield`].
#[must_use = "a `Shield` that is dropped leaves its task to itself: await it"]
pub struct Shield<T> {
    task: Task<T>,
    /// The task was cancelled, and whoever waits was asked to end as well.
    cancelled: bool,
}

impl<T> Future for Shield<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let waiting = current::header();
        if !self.cancelled {
            let error = match ready!(self.task.poll_outcome(cx)) {
                Outcome::Returned(value) => return Poll::Ready(value),
                Outcome::Panicked(payload) => resume_unwind(payload),
                Outcome::Cancelled(error) => error,
            };
            self.cancelled = true;
            if let Some(waiting) = &waiting {
                waiting.cancel(error.message().map(|text| text.to_owned().into()), false);
                // If that has an effect, this is dropped before it is polled again.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        if waiting.is_some_and(|waiting| waiting.requests.is_due()) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        panic!("the task behind a `shield` was cancelled")
    }
}

impl<T> fmt::Debug for Shield<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shield").field(&self.task).finish()
    }
}
