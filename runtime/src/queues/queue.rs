//! `asyncio.Queue`.

use super::items::QueueItems;
use super::job::QueueGetJob;
use super::order::sealed::Items;
use super::order::{Fifo, Order};
use super::wait::{QueueGet, QueueJoin, QueuePut};
use crate::brief_lock::{Brief, BriefLock};
use crate::exceptions::{GetError, PutError, QueueEmpty, QueueFull, QueueShutDown, ValueError};
use crate::graph::Kind;
use crate::locks::waitlist::{After, WaitList};
use std::collections::VecDeque;
use std::fmt;

/// A queue between tasks, first in, first out: `asyncio.Queue`.
///
/// Any number of tasks may put and get, through a shared reference. [`put`](Self::put) waits while the
/// queue is full, [`get`](Self::get) while it is empty; the `_nowait` forms fail instead.
/// [`join`](Self::join) waits until all that was put has been worked off, which is said by
/// [`task_done`](Self::task_done) or by the end of a [job](Self::get_job).
/// [`shutdown`](Self::shutdown) ends the queue: then `put` fails, and `get` fails once it is empty.
///
/// For the order of those who wait, see the [module](super).
///
/// # When not to use it
///
/// Where the queue ends because the tasks that put are gone, use a [`channel`](super::channel()): it
/// notices by itself.
///
/// # Examples
///
/// ```
/// use asyncio::Queue;
///
/// let queue = Queue::new(1);
/// let producer = async {
///     for item in 1..=3 {
///         queue.put(item).await?;                       // waits while there is no room
///     }
///     queue.shutdown();
///     Ok::<(), asyncio::QueueShutDown<i32>>(())
/// };
/// let consumer = async {
///     let mut sum = 0;
///     while let Ok(item) = queue.get().await {          // until it is shut down and empty
///         sum += item;
///     }
///     sum
/// };
///
/// # futures::executor::block_on(async {
/// let (produced, sum) = futures::join!(producer, consumer);
/// produced?;
/// assert_eq!(sum, 6);
/// # Ok::<(), asyncio::QueueShutDown<i32>>(())
/// # }).unwrap();
/// ```
pub struct Queue<T, O: Order<T> = Fifo> {
    /// `usize::MAX` where there is no limit.
    limit: usize,
    state: BriefLock<State<O::Items>>,
}

pub(super) struct State<I> {
    items: I,
    pub(super) shut_down: bool,
    /// Items put, and not yet reported done.
    pub(super) unfinished: usize,
    pub(super) getters: WaitList<()>,
    pub(super) putters: WaitList<()>,
    pub(super) joiners: WaitList<()>,
}

impl<T> Queue<T> {
    /// A queue for at most `maxsize` items, or any number with 0, as in Python.
    #[must_use]
    #[track_caller]
    pub const fn new(maxsize: usize) -> Self {
        Queue::with_items(maxsize, VecDeque::new())
    }
}

impl<T, O: Order<T>> Queue<T, O> {
    #[track_caller]
    pub(super) const fn with_items(maxsize: usize, items: O::Items) -> Self {
        Queue {
            limit: if maxsize == 0 { usize::MAX } else { maxsize },
            state: BriefLock::new(State {
                items,
                shut_down: false,
                unfinished: 0,
                getters: WaitList::new(Kind::Get),
                putters: WaitList::new(Kind::Put),
                joiners: WaitList::new(Kind::Join),
            }),
        }
    }

    /// Puts an item, and waits for room first if the queue is full: `asyncio.Queue.put`.
    ///
    /// With room, without yielding to the executor.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`], with the item, if the queue is shut down, also while this waits.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops the item with it. To keep it, wait for room and use
    /// [`put_nowait`](Self::put_nowait).
    #[doc(alias = "push")]
    #[doc(alias = "send")]
    pub fn put(&self, item: T) -> QueuePut<'_, T, O> {
        QueuePut::new(self, item)
    }

    /// Puts an item if there is room: `asyncio.Queue.put_nowait`.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item, if the queue is full or shut down.
    #[doc(alias = "try_send")]
    pub fn put_nowait(&self, item: T) -> Result<(), PutError<T>> {
        let mut after = After::new();
        let mut state = self.state();
        if state.shut_down {
            return Err(QueueShutDown(item).into());
        }
        if self.is_full(&state) {
            return Err(QueueFull(item).into());
        }
        state.insert(item, &mut after);
        Ok(())
    }

    /// Takes the next item, and waits for one first if the queue is empty: `asyncio.Queue.get`.
    ///
    /// With an item there, without yielding to the executor.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`] if the queue is empty and shut down, also while this waits.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no item: one that it was woken for goes to the next.
    #[doc(alias = "pop")]
    #[doc(alias = "recv")]
    pub fn get(&self) -> QueueGet<'_, T, O> {
        QueueGet::new(self)
    }

    /// Takes the next item if there is one: `asyncio.Queue.get_nowait`.
    ///
    /// # Errors
    ///
    /// [`GetError`] if the queue is empty; it says whether it is shut down.
    #[doc(alias = "try_recv")]
    pub fn get_nowait(&self) -> Result<T, GetError> {
        let mut after = After::new();
        let mut state = self.state();
        match state.remove(&mut after) {
            Some(item) => Ok(item),
            None if state.shut_down => Err(QueueShutDown(()).into()),
            None => Err(QueueEmpty.into()),
        }
    }

    /// As [`get`](Self::get), and calls [`task_done`](Self::task_done) when what it gives is dropped:
    /// Python's `try: .. finally: queue.task_done()`.
    ///
    /// # Errors
    ///
    /// As of [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let queue = asyncio::Queue::new(0);
    /// queue.put("work").await?;
    /// let job = queue.get_job().await.unwrap();
    /// assert_eq!(job.len(), 4);
    /// drop(job);
    /// queue.join().await;
    /// # Ok::<(), asyncio::QueueShutDown<&str>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_job(&self) -> QueueGetJob<'_, T, O> {
        QueueGetJob::new(self)
    }

    /// The items as a `Stream` that ends when the queue is shut down and empty. (asyncio's queues have no
    /// `async for`.)
    ///
    /// `while let Some(item) = items.next().await` needs no crate of stream methods, and
    /// `while let Ok(item) = queue.get().await` does the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use futures::StreamExt;
    ///
    /// let queue = asyncio::Queue::new(0);
    /// queue.put_nowait(1)?;
    /// queue.put_nowait(2)?;
    /// queue.shutdown();
    /// assert_eq!(queue.items().collect::<Vec<_>>().await, [1, 2]);
    /// # Ok::<(), asyncio::PutError<i32>>(())
    /// # }).unwrap();
    /// ```
    pub fn items(&self) -> QueueItems<'_, T, O> {
        QueueItems::new(self)
    }

    /// Says that an item that was taken has been worked off: `asyncio.Queue.task_done`.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if that was said of all items already.
    pub fn task_done(&self) -> Result<(), ValueError> {
        let mut after = After::new();
        let mut state = self.state();
        if state.unfinished == 0 {
            return Err(ValueError::new("`task_done` called too many times"));
        }
        state.finish(1, &mut after);
        Ok(())
    }

    /// Waits until every item that was put has been reported [done](Self::task_done):
    /// `asyncio.Queue.join`. Where that is so, without yielding.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; nobody else is affected.
    pub fn join(&self) -> QueueJoin<'_, T, O> {
        QueueJoin::new(self)
    }

    /// Ends the queue: `asyncio.Queue.shutdown()`. From here on `put` fails; `get` gives the items that
    /// are left, then it fails; those who wait are woken to that. It can be called again.
    #[doc(alias = "close")]
    pub fn shutdown(&self) {
        let mut after = After::new();
        self.state().shut_down(&mut after);
    }

    /// Ends the queue at once: `asyncio.Queue.shutdown(immediate=True)`. As
    /// [`shutdown`](Self::shutdown), and takes out the items that are left, which count as done.
    ///
    /// Gives these items, in the order of the queue. (Python drops them.)
    pub fn shutdown_immediate(&self) -> Vec<T> {
        let mut after = After::new();
        let mut state = self.state();
        state.shut_down(&mut after);
        let items: Vec<T> = std::iter::from_fn(|| state.items.pop()).collect();
        let finished = items.len().min(state.unfinished);
        state.finish(finished, &mut after);
        items
    }

    /// Whether the queue was shut down.
    pub fn is_shut_down(&self) -> bool {
        self.state().shut_down
    }

    /// How many items are in the queue: `asyncio.Queue.qsize`.
    #[doc(alias = "len")]
    pub fn qsize(&self) -> usize {
        self.state().items.len()
    }

    /// How many items the queue takes, 0 for any number: `asyncio.Queue.maxsize`.
    pub const fn maxsize(&self) -> usize {
        if self.limit == usize::MAX {
            0
        } else {
            self.limit
        }
    }

    /// Whether there is no item: `asyncio.Queue.empty`.
    pub fn empty(&self) -> bool {
        self.qsize() == 0
    }

    /// Whether there is no room: `asyncio.Queue.full`.
    pub fn full(&self) -> bool {
        self.is_full(&self.state())
    }

    /// A snapshot of the queue.
    pub fn statistics(&self) -> QueueStatistics {
        let state = self.state();
        QueueStatistics {
            qsize: state.items.len(),
            maxsize: self.maxsize(),
            unfinished: state.unfinished,
            shut_down: state.shut_down,
            tasks_waiting_get: state.getters.waiting(),
            tasks_waiting_put: state.putters.waiting(),
            tasks_waiting_join: state.joiners.waiting(),
        }
    }

    /// Puts the item in if there is room and nobody waits for one: what there is to do most of the time.
    #[inline(always)]
    pub(super) fn put_at_once(&self, state: &mut State<O::Items>, item: &mut Option<T>) -> bool {
        let at_once = !state.shut_down && !self.is_full(state) && state.getters.waiting() == 0;
        if at_once && let Some(item) = item.take() {
            state.unfinished += 1;
            state.items.push(item);
            return true;
        }
        false
    }

    #[inline]
    pub(super) fn is_full(&self, state: &State<O::Items>) -> bool {
        state.items.len() >= self.limit
    }

    #[inline(always)]
    pub(super) fn state(&self) -> Brief<'_, State<O::Items>> {
        // The comparison of a priority queue may have panicked; its heap is whole nevertheless.
        self.state.lock()
    }

    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statistics = self.statistics();
        f.debug_struct(name)
            .field("qsize", &statistics.qsize)
            .field("maxsize", &statistics.maxsize)
            .field("unfinished", &statistics.unfinished)
            .field("shut_down", &statistics.shut_down)
            .finish_non_exhaustive()
    }
}

impl<I> State<I> {
    /// Puts an item; the caller checked that there is room. Wakes one who waits to get.
    pub(super) fn insert<T>(&mut self, item: T, after: &mut After)
    where
        I: Items<T>,
    {
        // The item last: where a comparison panics, the heap has it nevertheless.
        self.unfinished += 1;
        self.getters.grant_first((), after);
        self.items.push(item);
    }

    /// Takes the next item. Wakes one who waits to put.
    pub(super) fn remove<T>(&mut self, after: &mut After) -> Option<T>
    where
        I: Items<T>,
    {
        if self.is_empty() {
            return None;
        }
        // The item last: where a comparison panics, it is lost, but there is room.
        self.putters.grant_first((), after);
        self.items.pop()
    }

    /// The next item if there is one and nobody waits for room.
    #[inline(always)]
    pub(super) fn get_at_once<T>(&mut self) -> Option<T>
    where
        I: Items<T>,
    {
        if self.putters.waiting() > 0 {
            return None;
        }
        self.items.pop()
    }

    pub(super) fn is_empty<T>(&self) -> bool
    where
        I: Items<T>,
    {
        self.items.len() == 0
    }

    fn finish(&mut self, count: usize, after: &mut After) {
        self.unfinished -= count;
        if self.unfinished == 0 {
            self.joiners.grant_all(|| (), after);
        }
    }

    fn shut_down(&mut self, after: &mut After) {
        self.shut_down = true;
        self.getters.grant_all(|| (), after);
        self.putters.grant_all(|| (), after);
    }
}

impl<T> Default for Queue<T> {
    /// A queue for any number of items.
    fn default() -> Self {
        Queue::new(0)
    }
}

impl<T, O: Order<T>> fmt::Debug for Queue<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("Queue", f)
    }
}

/// What [`Queue::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStatistics {
    /// As [`Queue::qsize`].
    pub qsize: usize,
    /// As [`Queue::maxsize`].
    pub maxsize: usize,
    /// How many items [`Queue::join`] waits for.
    pub unfinished: usize,
    /// As [`Queue::is_shut_down`].
    pub shut_down: bool,
    /// How many tasks wait for an item.
    pub tasks_waiting_get: usize,
    /// How many tasks wait for room.
    pub tasks_waiting_put: usize,
    /// How many tasks wait for all to be done.
    pub tasks_waiting_join: usize,
}
