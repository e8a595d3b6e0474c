//! The items of a queue as a stream.

use super::order::{Fifo, Order};
use super::queue::Queue;
use super::wait::Getter;
use futures_core::stream::{FusedStream, Stream};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The stream of [`Queue::items`].
#[must_use = "streams do nothing unless polled"]
pub struct QueueItems<'a, T, O: Order<T> = Fifo> {
    queue: &'a Queue<T, O>,
    getter: Getter,
    ended: bool,
}

impl<'a, T, O: Order<T>> QueueItems<'a, T, O> {
    pub(super) fn new(queue: &'a Queue<T, O>) -> Self {
        QueueItems {
            queue,
            getter: Getter::new(),
            ended: false,
        }
    }

    /// The next item; `None` when the queue is shut down and empty.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of asynchronous iterators"
    )]
    pub fn next(&mut self) -> NextItem<'_, 'a, T, O> {
        NextItem { items: self }
    }
}

/// The future of [`QueueItems::next`].
#[must_use = "futures do nothing unless awaited"]
pub struct NextItem<'i, 'a, T, O: Order<T> = Fifo> {
    items: &'i mut QueueItems<'a, T, O>,
}

impl<T, O: Order<T>> Future for NextItem<'_, '_, T, O> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut *self.items).poll_next(cx)
    }
}

impl<T, O: Order<T>> fmt::Debug for NextItem<'_, '_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextItem").field(&self.items).finish()
    }
}

impl<T, O: Order<T>> Stream for QueueItems<'_, T, O> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let queue = self.queue;
        let next = self.getter.poll(queue, cx).map(Result::ok);
        self.ended = matches!(next, Poll::Ready(None));
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Others may take what is there now.
        (0, None)
    }
}

impl<T, O: Order<T>> FusedStream for QueueItems<'_, T, O> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T, O: Order<T>> Drop for QueueItems<'_, T, O> {
    fn drop(&mut self) {
        self.getter.cancel(self.queue);
    }
}

impl<T, O: Order<T>> fmt::Debug for QueueItems<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueItems")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
