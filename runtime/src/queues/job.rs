//! Items that report themselves done.

use super::order::{Fifo, Order};
use super::queue::Queue;
use super::wait::QueueGet;
use crate::exceptions::QueueShutDown;
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// An item of a queue that is worked on. Dropping it says that it is done, as
/// [`Queue::task_done`] does: at the end of its block, by `?`, by a panic, and by cancellation.
#[must_use = "the job counts as done as soon as it is dropped"]
#[clippy::has_significant_drop]
pub struct Job<'a, T, O: Order<T> = Fifo> {
    queue: &'a Queue<T, O>,
    /// `None` only while it is taken out.
    item: Option<T>,
}

const TAKEN_OUT_AT_THE_END: &str = "the item is taken out with the job only";

impl<T, O: Order<T>> Job<'_, T, O> {
    /// Says that it is done, and gives the item.
    pub fn into_inner(mut self) -> T {
        self.item.take().expect(TAKEN_OUT_AT_THE_END)
    }
}

impl<T, O: Order<T>> Deref for Job<'_, T, O> {
    type Target = T;

    fn deref(&self) -> &T {
        self.item.as_ref().expect(TAKEN_OUT_AT_THE_END)
    }
}

impl<T, O: Order<T>> DerefMut for Job<'_, T, O> {
    fn deref_mut(&mut self) -> &mut T {
        self.item.as_mut().expect(TAKEN_OUT_AT_THE_END)
    }
}

impl<T, O: Order<T>> Drop for Job<'_, T, O> {
    fn drop(&mut self) {
        // An error if somebody said so already by hand: then there is nothing left to say.
        let _ = self.queue.task_done();
    }
}

impl<T: fmt::Debug, O: Order<T>> fmt::Debug for Job<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Job").field(&**self).finish()
    }
}

/// The future of [`Queue::get_job`].
#[must_use = "futures do nothing unless awaited"]
pub struct QueueGetJob<'a, T, O: Order<T> = Fifo> {
    queue: &'a Queue<T, O>,
    get: QueueGet<'a, T, O>,
}

impl<'a, T, O: Order<T>> QueueGetJob<'a, T, O> {
    pub(super) fn new(queue: &'a Queue<T, O>) -> Self {
        QueueGetJob {
            queue,
            get: queue.get(),
        }
    }
}

impl<'a, T, O: Order<T>> Future for QueueGetJob<'a, T, O> {
    type Output = Result<Job<'a, T, O>, QueueShutDown>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let item = ready!(Pin::new(&mut self.get).poll(cx))?;
        Poll::Ready(Ok(Job {
            queue: self.queue,
            item: Some(item),
        }))
    }
}

impl<T, O: Order<T>> fmt::Debug for QueueGetJob<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueGetJob")
            .field("get", &self.get)
            .finish_non_exhaustive()
    }
}
