//! A queue with two kinds of ends: Trio's memory channel.

use super::queue::Queue;
use super::wait::{Getter, QueueGet, QueuePut};
use crate::exceptions::{GetError, PutError};
use futures_core::stream::{FusedStream, Stream};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

/// A queue that ends when one side is gone: Trio's `open_memory_channel`.
///
/// It takes at most `maxsize` items, or any number with 0, as [`Queue::new`]. Both ends can be cloned,
/// and each item goes to one receiver. When the last [`Sender`] is dropped, receivers get what is left,
/// then `None`. When the last [`Receiver`] is dropped, what is left is dropped, and `put` fails.
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// let (sender, receiver) = asyncio::channel(1);
/// let produce = async move {
///     for item in 1..=3 {
///         sender.put(item).await?;
///     }
///     Ok::<(), asyncio::QueueShutDown<i32>>(())      // drops the sender: the end
/// };
/// let consume = async move {
///     let mut items = Vec::new();
///     while let Some(item) = receiver.get().await {
///         items.push(item);
///     }
///     items
/// };
/// let (produced, items) = futures::join!(produce, consume);
/// produced?;
/// assert_eq!(items, [1, 2, 3]);
/// # Ok::<(), asyncio::QueueShutDown<i32>>(())
/// # }).unwrap();
/// ```
#[must_use]
#[track_caller]
pub fn channel<T>(maxsize: usize) -> (Sender<T>, Receiver<T>) {
    let ends = Arc::new(Ends {
        queue: Queue::new(maxsize),
        senders: AtomicUsize::new(1),
        receivers: AtomicUsize::new(1),
    });
    (Sender(ends.clone()), Receiver::new(ends))
}

struct Ends<T> {
    queue: Queue<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

impl<T> Ends<T> {
    fn statistics(&self) -> ChannelStatistics {
        let queue = self.queue.statistics();
        ChannelStatistics {
            qsize: queue.qsize,
            maxsize: queue.maxsize,
            senders: self.senders.load(Ordering::Relaxed),
            receivers: self.receivers.load(Ordering::Relaxed),
            tasks_waiting_get: queue.tasks_waiting_get,
            tasks_waiting_put: queue.tasks_waiting_put,
        }
    }
}

/// What [`Sender::statistics`] and [`Receiver::statistics`] give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelStatistics {
    /// How many items are in the channel.
    pub qsize: usize,
    /// How many items it takes, 0 for any number.
    pub maxsize: usize,
    /// How many [`Sender`]s there are.
    pub senders: usize,
    /// How many [`Receiver`]s there are.
    pub receivers: usize,
    /// How many tasks wait for an item.
    pub tasks_waiting_get: usize,
    /// How many tasks wait for room.
    pub tasks_waiting_put: usize,
}

/// The end of a [`channel`] that items are put into.
pub struct Sender<T>(Arc<Ends<T>>);

impl<T> Sender<T> {
    /// Puts an item, and waits for room first: as [`Queue::put`].
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`](crate::QueueShutDown), with the item, if all receivers are gone.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops the item with it.
    #[doc(alias = "send")]
    pub fn put(&self, item: T) -> QueuePut<'_, T> {
        self.0.queue.put(item)
    }

    /// Puts an item if there is room: as [`Queue::put_nowait`].
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, if the channel is full or all receivers are gone.
    #[doc(alias = "try_send")]
    pub fn put_nowait(&self, item: T) -> Result<(), PutError<T>> {
        self.0.queue.put_nowait(item)
    }

    /// Whether all receivers are gone.
    pub fn is_closed(&self) -> bool {
        self.0.receivers.load(Ordering::Acquire) == 0
    }

    /// A snapshot of the channel.
    pub fn statistics(&self) -> ChannelStatistics {
        self.0.statistics()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.senders.fetch_add(1, Ordering::Relaxed);
        Sender(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.queue.shutdown();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sender").field(&self.statistics()).finish()
    }
}

/// The end of a [`channel`] that items are taken out of, one by one or as a `Stream`.
pub struct Receiver<T> {
    ends: Arc<Ends<T>>,
    /// That of the stream.
    getter: Getter,
    ended: bool,
}

impl<T> Receiver<T> {
    fn new(ends: Arc<Ends<T>>) -> Self {
        Receiver {
            ends,
            getter: Getter::new(),
            ended: false,
        }
    }

    /// Takes the next item, and waits for one first: as [`Queue::get`]. `None` if there is none and all
    /// senders are gone.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no item.
    #[doc(alias = "recv")]
    pub fn get(&self) -> ReceiverGet<'_, T> {
        ReceiverGet(self.ends.queue.get())
    }

    /// Takes the next item if there is one: as [`Queue::get_nowait`].
    ///
    /// # Errors
    ///
    /// [`GetError`] if there is none; it says whether all senders are gone.
    #[doc(alias = "try_recv")]
    pub fn get_nowait(&self) -> Result<T, GetError> {
        self.ends.queue.get_nowait()
    }

    /// Whether all senders are gone. There may be items left.
    pub fn is_closed(&self) -> bool {
        self.ends.senders.load(Ordering::Acquire) == 0
    }

    /// A snapshot of the channel.
    pub fn statistics(&self) -> ChannelStatistics {
        self.ends.statistics()
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let next = this.getter.poll(&this.ends.queue, cx).map(Result::ok);
        this.ended = matches!(next, Poll::Ready(None));
        next
    }
}

impl<T> FusedStream for Receiver<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.ends.receivers.fetch_add(1, Ordering::Relaxed);
        Receiver::new(self.ends.clone())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.getter.cancel(&self.ends.queue);
        if self.ends.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            drop(self.ends.queue.shutdown_immediate());
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&self.statistics()).finish()
    }
}

/// The future of [`Receiver::get`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ReceiverGet<'a, T>(QueueGet<'a, T>);

impl<T> Future for ReceiverGet<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Result::ok)
    }
}
