//! `asyncio.Event`.

use super::waitlist::{After, Ticket, WaitList};
use crate::graph::Kind;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// A flag that tasks wait for: `asyncio.Event`.
///
/// It starts cleared. [`set`](Self::set) lets everybody through who waits, and everybody who comes
/// until [`clear`](Self::clear). Setting and clearing at once still wakes those who were waiting.
///
/// # Examples
///
/// ```
/// use asyncio::Event;
///
/// # futures::executor::block_on(async {
/// let ready = Event::new();
/// futures::join!(
///     async { ready.wait().await },
///     async { ready.set() },
/// );
/// assert!(ready.is_set());
/// # });
/// ```
pub struct Event {
    /// Set only with the line locked, so that nobody joins a line that was just let through.
    flag: AtomicBool,
    line: Mutex<WaitList<()>>,
}

impl Event {
    /// An event that is not set.
    #[must_use]
    #[track_caller]
    pub const fn new() -> Self {
        Event {
            flag: AtomicBool::new(false),
            line: Mutex::new(WaitList::new(Kind::Event)),
        }
    }

    /// Whether the flag is set: `asyncio.Event.is_set`.
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Sets the flag and wakes all that wait, in the order of their arrival: `asyncio.Event.set`.
    ///
    /// What was done before is seen by those who are let through, on whatever thread.
    #[doc(alias = "notify_waiters")]
    pub fn set(&self) {
        let mut after = After::new();
        let mut line = self.line();
        self.flag.store(true, Ordering::Release);
        line.grant_all(|| (), &mut after);
    }

    /// Clears the flag: `asyncio.Event.clear`. Who was already let through is not held back.
    pub fn clear(&self) {
        self.flag.store(false, Ordering::Release);
    }

    /// Waits until the flag is set: `asyncio.Event.wait`. Where it is set, without yielding.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; nobody else is affected.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let event = asyncio::Event::new();
    /// event.set();
    /// event.wait().await;
    /// # });
    /// ```
    #[doc(alias = "notified")]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait {
            event: self,
            state: Waiting::Start,
        }
    }

    /// A snapshot of the event.
    pub fn statistics(&self) -> EventStatistics {
        EventStatistics {
            tasks_waiting: self.line().waiting(),
        }
    }

    fn line(&self) -> MutexGuard<'_, WaitList<()>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Event {
    fn default() -> Self {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("is_set", &self.is_set())
            .field("tasks_waiting", &self.statistics().tasks_waiting)
            .finish()
    }
}

/// What [`Event::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventStatistics {
    /// How many tasks wait for the flag.
    pub tasks_waiting: usize,
}

/// The future of [`Event::wait`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct EventWait<'a> {
    event: &'a Event,
    state: Waiting,
}

#[derive(Debug)]
enum Waiting {
    /// Not polled yet.
    Start,
    /// In line, or let through and not told.
    Queued(Option<Ticket>),
    /// Through.
    Done,
}

impl Future for EventWait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let event = self.event;
        match &mut self.state {
            Waiting::Start if event.is_set() => {}
            Waiting::Start => {
                let mut line = event.line();
                // Again, now that nobody can set it.
                if !event.is_set() {
                    let ticket = line.push(cx.waker());
                    drop(line);
                    self.state = Waiting::Queued(Some(ticket));
                    return Poll::Pending;
                }
            }
            Waiting::Queued(ticket) => {
                let mut after = After::new();
                // Not the flag decides: it may have been cleared since we were let through.
                if event
                    .line()
                    .poll(ticket, cx.waker(), &mut after)
                    .is_pending()
                {
                    return Poll::Pending;
                }
            }
            Waiting::Done => panic!("future polled after it was done"),
        }
        self.state = Waiting::Done;
        Poll::Ready(())
    }
}

impl Drop for EventWait<'_> {
    fn drop(&mut self) {
        if let Waiting::Queued(Some(ticket)) = std::mem::replace(&mut self.state, Waiting::Done) {
            let mut after = After::new();
            self.event.line().cancel(ticket, &mut after);
        }
    }
}
