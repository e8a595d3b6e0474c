//! `as_completed`.

use crate::Awaitable;
use crate::gather::Fan;
use futures_core::Stream;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives the outputs of futures or tasks in the order in which they come:
/// `asyncio.as_completed`.
///
/// [`next`](AsCompleted::next) waits for one after the other; the result is a
/// [`Stream`](futures_core::Stream) too. An item is what awaiting that future or task gives, so a
/// `Result` that is an error is an item like any other, and the iteration can go on. To know which it
/// was, have the future return a key besides the value.
///
/// Of those that are ready at the same time, the first in the order of the argument comes first.
/// For a limit to the whole, put [`wait_for`](crate::wait_for()) or [`timeout`](crate::timeout()) around
/// `next`.
///
/// # Cancellation
///
/// Dropping it, or leaving the loop, drops what is left: tasks are detached by that and run on, as in
/// asyncio; futures are cancelled.
///
/// # When not to use it
///
/// Futures that are no tasks run only while `next` is awaited, and stand still while the body of the
/// loop awaits something else. If they hold a lock that the body takes, that is a deadlock: spread
/// tasks instead.
///
/// # Panics
///
/// `next` goes on with the panic of a future or task. The panic counts as its output: the iteration can
/// go on with the others.
///
/// # Examples
///
/// ```
/// use asyncio::{as_completed, create_task, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let mut replies = as_completed([0.4, 0.2, 0.0].map(|delay| async move {
///         sleep(delay).await;
///         delay
///     }));
///     let mut order = Vec::new();
///     while let Some(delay) = replies.next().await {
///         order.push(delay);
///     }
///     assert_eq!(order, [0.0, 0.2, 0.4]);
///
///     let mut tasks = as_completed([create_task(async { "done" })]);
///     assert_eq!(tasks.next().await, Some(Ok("done")));
/// }
/// ```
pub fn as_completed<F: Awaitable<K>, K>(
    futures: impl IntoIterator<Item = F>,
) -> AsCompleted<F::Future> {
    let futures = futures.into_iter().map(Awaitable::into_awaited);
    AsCompleted {
        branches: Fan::new(futures, usize::MAX),
    }
}

/// What [`as_completed`] gives.
#[must_use = "nothing runs until you await `.next()`"]
pub struct AsCompleted<F: Future> {
    branches: Fan<F, F::Output>,
}

// The futures are behind a box and pinned there; their outputs are never pinned.
impl<F: Future> Unpin for AsCompleted<F> {}

impl<F: Future> AsCompleted<F> {
    /// Has at most `limit` of the futures run at a time; each that finishes makes room for the next.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        self.branches.set_limit(limit);
        self
    }

    /// The next output, or `None` when there are no more.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost when the future is dropped before it is ready.
    #[expect(clippy::should_implement_trait, reason = "it is the asynchronous one")]
    pub fn next(&mut self) -> Next<'_, F> {
        Next { stream: self }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let finished = self.branches.poll(cx, |mut slot, cx| {
            let poll = || slot.as_mut().poll(cx, Ok::<_, Infallible>);
            // Caught, because the others that are due must not be passed over.
            match catch_unwind(AssertUnwindSafe(poll)) {
                Ok(poll) => poll.map(|Ok(())| ControlFlow::Break(Ok(slot.take()))),
                Err(panic) => {
                    slot.clear();
                    Poll::Ready(ControlFlow::Break(Err(panic)))
                }
            }
        });
        match finished {
            ControlFlow::Break(Ok(output)) => Poll::Ready(Some(output)),
            ControlFlow::Break(Err(panic)) => resume_unwind(panic),
            ControlFlow::Continue(()) if self.branches.left() == 0 => Poll::Ready(None),
            ControlFlow::Continue(()) => {
                self.branches.wait("as_completed");
                Poll::Pending
            }
        }
    }
}

impl<F: Future> Stream for AsCompleted<F> {
    type Item = F::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.get_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.branches.left(), Some(self.branches.left()))
    }
}

impl<F: Future> Drop for AsCompleted<F> {
    fn drop(&mut self) {
        self.branches.clear();
    }
}

impl<F: Future> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("futures", &self.branches.len())
            .field("pending", &self.branches.left())
            .finish_non_exhaustive()
    }
}

/// The future of [`AsCompleted::next`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Next<'a, F: Future> {
    stream: &'a mut AsCompleted<F>,
}

impl<F: Future> Future for Next<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.stream.poll_next(cx)
    }
}
