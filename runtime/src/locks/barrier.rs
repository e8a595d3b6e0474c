//! `asyncio.Barrier`.

use super::waitlist::{After, Ticket, WaitList};
use crate::exceptions::{BrokenBarrierError, ValueError};
use crate::graph::Kind;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// Lets a number of tasks wait for each other: `asyncio.Barrier`.
///
/// [`wait`](Self::wait) blocks until as many tasks wait as there are parties; then all go on, and the
/// barrier is ready for the next round.
///
/// Each gets an index, distinct among the round, in the order of arrival: the last arrives with
/// `parties - 1`, without being suspended. One of them can do what is to be done once.
///
/// # Cancellation
///
/// A waiter that is cancelled or times out leaves, and one more has to come for the round to be
/// complete. The barrier is not broken by that, as `threading.Barrier` would be.
///
/// # Examples
///
/// ```
/// use asyncio::Barrier;
///
/// # futures::executor::block_on(async {
/// let barrier = Barrier::new(3);
/// let (a, b, c) = futures::join!(barrier.wait(), barrier.wait(), barrier.wait());
/// assert_eq!((a?, b?, c?), (0, 1, 2));
/// # Ok::<(), asyncio::BrokenBarrierError>(())
/// # }).unwrap();
/// ```
pub struct Barrier {
    parties: usize,
    state: Mutex<State>,
}

struct State {
    broken: bool,
    /// Those of the round that is filling. Who is let through is told how it went.
    line: WaitList<Result<usize, BrokenBarrierError>>,
}

impl Barrier {
    /// A barrier for so many tasks.
    ///
    /// # Panics
    ///
    /// With no parties (a compile error where the barrier is a `static`).
    /// [`try_new`](Self::try_new) gives an error instead.
    #[must_use]
    #[track_caller]
    pub const fn new(parties: usize) -> Self {
        assert!(parties > 0, "a barrier has at least one party");
        Barrier {
            parties,
            state: Mutex::new(State {
                broken: false,
                line: WaitList::new(Kind::Barrier),
            }),
        }
    }

    /// A barrier for so many tasks, where the number is not known to be positive.
    ///
    /// # Errors
    ///
    /// [`ValueError`] with no parties, as in Python.
    pub fn try_new(parties: usize) -> Result<Self, ValueError> {
        if parties == 0 {
            return Err(ValueError::new("a barrier has at least one party"));
        }
        Ok(Barrier::new(parties))
    }

    /// Waits until all parties are here: `asyncio.Barrier.wait`, `async with barrier`.
    ///
    /// Gives the index of the caller, `0..parties`. The one who completes the round is not suspended.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrierError`] if the barrier is [aborted](Self::abort) already, or is aborted or
    /// [reset](Self::reset) while this waits. Who was let through before that is not affected.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the barrier; see [there](Barrier#cancellation).
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait {
            barrier: self,
            progress: Progress::Start,
        }
    }

    /// Sends away those who wait, with a [`BrokenBarrierError`], and makes the barrier usable again:
    /// `asyncio.Barrier.reset`.
    pub fn reset(&self) {
        self.send_away(false);
    }

    /// Sends away those who wait and all who come, with a [`BrokenBarrierError`], until somebody
    /// [resets](Self::reset) the barrier: `asyncio.Barrier.abort`.
    pub fn abort(&self) {
        self.send_away(true);
    }

    /// How many tasks it takes: `asyncio.Barrier.parties`.
    pub const fn parties(&self) -> usize {
        self.parties
    }

    /// How many tasks wait: `asyncio.Barrier.n_waiting`.
    pub fn n_waiting(&self) -> usize {
        self.state().line.waiting()
    }

    /// Whether the barrier is aborted: `asyncio.Barrier.broken`.
    pub fn broken(&self) -> bool {
        self.state().broken
    }

    /// A snapshot of the barrier.
    pub fn statistics(&self) -> BarrierStatistics {
        let state = self.state();
        BarrierStatistics {
            parties: self.parties,
            tasks_waiting: state.line.waiting(),
            broken: state.broken,
        }
    }

    fn send_away(&self, broken: bool) {
        let mut after = After::new();
        let mut state = self.state();
        state.broken = broken;
        state
            .line
            .grant_all(|| Err(BrokenBarrierError::meanwhile()), &mut after);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BarrierStatistics {
            parties,
            tasks_waiting,
            broken,
        } = self.statistics();
        f.debug_struct("Barrier")
            .field("parties", &parties)
            .field("n_waiting", &tasks_waiting)
            .field("broken", &broken)
            .finish()
    }
}

/// What [`Barrier::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BarrierStatistics {
    /// As [`Barrier::parties`].
    pub parties: usize,
    /// As [`Barrier::n_waiting`].
    pub tasks_waiting: usize,
    /// As [`Barrier::broken`].
    pub broken: bool,
}

/// The future of [`Barrier::wait`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct BarrierWait<'a> {
    barrier: &'a Barrier,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    /// Not polled yet.
    Start,
    /// In line, or let through and not told.
    Queued(Option<Ticket>),
    /// The index is handed out.
    Done,
}

impl BarrierWait<'_> {
    /// Joins the round. Who completes it lets the others through.
    fn arrive(&mut self, cx: &Context<'_>) -> Poll<Result<usize, BrokenBarrierError>> {
        let mut after = After::new();
        let mut state = self.barrier.state();
        if state.broken {
            return Poll::Ready(Err(BrokenBarrierError::already()));
        }
        let last = self.barrier.parties - 1;
        if state.line.waiting() < last {
            self.progress = Progress::Queued(Some(state.line.push(cx.waker())));
            return Poll::Pending;
        }
        // The indices are given out here and not on arrival, so that they are distinct also where
        // somebody left in between.
        let mut index = 0..last;
        state
            .line
            .grant_all(|| Ok(index.next().unwrap_or(last)), &mut after);
        Poll::Ready(Ok(last))
    }
}

impl Future for BarrierWait<'_> {
    type Output = Result<usize, BrokenBarrierError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = match &mut this.progress {
            Progress::Start => ready!(this.arrive(cx)),
            Progress::Queued(ticket) => {
                let mut after = After::new();
                ready!(
                    this.barrier
                        .state()
                        .line
                        .poll(ticket, cx.waker(), &mut after)
                )
            }
            Progress::Done => panic!("future polled after it was done"),
        };
        this.progress = Progress::Done;
        Poll::Ready(outcome)
    }
}

impl Drop for BarrierWait<'_> {
    fn drop(&mut self) {
        if let Progress::Queued(Some(ticket)) =
            std::mem::replace(&mut self.progress, Progress::Done)
        {
            let mut after = After::new();
            self.barrier.state().line.cancel(ticket, &mut after);
        }
    }
}
