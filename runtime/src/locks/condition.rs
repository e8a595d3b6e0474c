//! `asyncio.Condition`.

use super::lock::{Lock, LockAcquire, LockGuard};
use super::waitlist::{After, Ticket, WaitList};
use crate::graph::Kind;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// Waits until the data of a [`Lock`] was changed: `asyncio.Condition`.
///
/// [`wait`](Self::wait) takes the guard of the lock, releases the lock while it waits, and gives a
/// guard again when somebody called [`notify`](Self::notify). [`wait_for`](Self::wait_for) does so until
/// the data is as wanted, and is what is wanted most of the time.
///
/// A condition has no lock of its own, as `std::sync::Condvar` has none: several may share one, and the
/// compiler sees to it that the lock is held where it has to be.
///
/// # Fairness
///
/// First in, first out: notifications go to those who wait longest, and they return one by one as the
/// lock becomes free.
///
/// # Examples
///
/// ```
/// use asyncio::{Condition, Lock};
///
/// let (stock, arrived) = (Lock::new(0), Condition::new());
/// let consumer = async {
///     let stock = stock.acquire().await;                                // async with arrived:
///     let mut stock = arrived.wait_for(stock, |stock| *stock >= 2).await;
///     *stock -= 2;
/// };
/// let producer = async {
///     for _ in 0..2 {
///         *stock.acquire().await += 1;
///         arrived.notify(1);
///     }
/// };
///
/// # futures::executor::block_on(async {
/// futures::join!(consumer, producer);
/// assert_eq!(*stock.acquire().await, 0);
/// # });
/// ```
pub struct Condition {
    line: Mutex<WaitList<()>>,
}

impl Condition {
    /// A condition that nobody waits for.
    #[must_use]
    #[track_caller]
    pub const fn new() -> Self {
        Condition {
            line: Mutex::new(WaitList::new(Kind::Condition)),
        }
    }

    /// Releases the lock, waits to be notified, and acquires the lock again: `asyncio.Condition.wait`.
    ///
    /// The lock is released once this waits, so a notification by whoever acquires it next is not
    /// missed. When the future returns, others may have had the lock before: check the data again, or
    /// use [`wait_for`](Self::wait_for).
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line. If it was notified already, the next in line is notified
    /// instead. The lock is not acquired again: there is no guard then (in Python a cancelled `wait`
    /// acquires the lock before it raises, however long that takes).
    pub fn wait<'a, T: ?Sized>(&'a self, guard: LockGuard<'a, T>) -> ConditionWait<'a, T> {
        ConditionWait {
            condition: self,
            lock: guard.lock(),
            state: State::Start(guard),
        }
    }

    /// Waits until `predicate` says that the data is as wanted: `asyncio.Condition.wait_for`.
    ///
    /// Where it is so already, without yielding and without releasing the lock. Otherwise it is asked
    /// again after each notification, with the lock held.
    ///
    /// # Cancellation
    ///
    /// As of [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If the predicate does: the lock is released then.
    pub fn wait_for<'a, T, F>(
        &'a self,
        guard: LockGuard<'a, T>,
        predicate: F,
    ) -> ConditionWaitFor<'a, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        ConditionWaitFor {
            wait: self.wait(guard),
            predicate,
        }
    }

    /// Notifies the `n` that wait longest, or all if there are fewer: `asyncio.Condition.notify`.
    ///
    /// A notification is not kept for those who come later. Change the data first, with the lock held;
    /// to notify, the lock need not be held, as with `std::sync::Condvar` (asyncio demands it).
    #[doc(alias = "notify_one")]
    pub fn notify(&self, n: usize) {
        let mut after = After::new();
        let mut line = self.line();
        for _ in 0..n {
            if !line.grant_first((), &mut after) {
                break;
            }
        }
    }

    /// Notifies everybody who waits: `asyncio.Condition.notify_all`.
    #[doc(alias = "notify_waiters")]
    pub fn notify_all(&self) {
        let mut after = After::new();
        self.line().grant_all(|| (), &mut after);
    }

    /// A snapshot of the condition.
    pub fn statistics(&self) -> ConditionStatistics {
        ConditionStatistics {
            tasks_waiting: self.line().waiting(),
        }
    }

    fn line(&self) -> MutexGuard<'_, WaitList<()>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Condition {
    fn default() -> Self {
        Condition::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("tasks_waiting", &self.statistics().tasks_waiting)
            .finish()
    }
}

/// What [`Condition::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConditionStatistics {
    /// How many tasks wait to be notified. Those that were and now wait for the lock are not counted.
    pub tasks_waiting: usize,
}

/// The future of [`Condition::wait`].
#[must_use = "futures do nothing unless awaited"]
pub struct ConditionWait<'a, T: ?Sized> {
    condition: &'a Condition,
    lock: &'a Lock<T>,
    state: State<'a, T>,
}

enum State<'a, T: ?Sized> {
    /// Not polled yet: the lock is held.
    Start(LockGuard<'a, T>),
    /// In line, or notified and not told.
    Waiting(Option<Ticket>),
    /// Notified: on the way to the lock.
    Locking(LockAcquire<'a, T>),
    /// The guard is handed out.
    Done,
}

impl<'a, T: ?Sized> Future for ConditionWait<'a, T> {
    type Output = LockGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Start(_) => {
                    let ticket = this.condition.line().push(cx.waker());
                    // The assignment drops the guard: in line first, then the lock is released, so
                    // that whoever gets it finds us.
                    this.state = State::Waiting(Some(ticket));
                    return Poll::Pending;
                }
                State::Waiting(ticket) => {
                    let mut after = After::new();
                    ready!(this.condition.line().poll(ticket, cx.waker(), &mut after));
                    this.state = State::Locking(this.lock.acquire());
                }
                State::Locking(acquire) => {
                    let guard = ready!(Pin::new(acquire).poll(cx));
                    this.state = State::Done;
                    return Poll::Ready(guard);
                }
                State::Done => panic!("future polled after it was done"),
            }
        }
    }
}

impl<T: ?Sized> Drop for ConditionWait<'_, T> {
    fn drop(&mut self) {
        let mut after = After::new();
        match &mut self.state {
            State::Start(_) | State::Done => {}
            State::Waiting(ticket) => {
                let Some(ticket) = ticket.take() else { return };
                let mut line = self.condition.line();
                if line.cancel(ticket, &mut after).is_some() {
                    line.grant_first((), &mut after);
                }
            }
            // The notification was for somebody who would look at the data: somebody else has to.
            State::Locking(_) => self.condition.notify(1),
        }
    }
}

impl<T: ?Sized> fmt::Debug for ConditionWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Start(_) => "start",
            State::Waiting(_) => "waiting",
            State::Locking(_) => "locking",
            State::Done => "done",
        };
        f.debug_struct("ConditionWait")
            .field("state", &format_args!("{state}"))
            .finish_non_exhaustive()
    }
}

/// The future of [`Condition::wait_for`].
#[must_use = "futures do nothing unless awaited"]
pub struct ConditionWaitFor<'a, T: ?Sized, F> {
    wait: ConditionWait<'a, T>,
    predicate: F,
}

// The predicate is called in place, and never pinned.
impl<T: ?Sized, F> Unpin for ConditionWaitFor<'_, T, F> {}

impl<'a, T, F> Future for ConditionWaitFor<'a, T, F>
where
    T: ?Sized,
    F: FnMut(&mut T) -> bool,
{
    type Output = LockGuard<'a, T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if let State::Start(guard) = &mut this.wait.state
                && (this.predicate)(guard)
                && let State::Start(guard) = std::mem::replace(&mut this.wait.state, State::Done)
            {
                return Poll::Ready(guard);
            }
            let guard = ready!(Pin::new(&mut this.wait).poll(cx));
            this.wait.state = State::Start(guard);
        }
    }
}

impl<T: ?Sized, F> fmt::Debug for ConditionWaitFor<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionWaitFor")
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
