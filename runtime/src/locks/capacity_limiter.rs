//! Trio's `CapacityLimiter`.

use super::waitlist::{After, Ticket, WaitList};
use crate::exceptions::AlreadyBorrowedError;
use crate::graph::Kind;
use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// A limit on how many do something at once, that can be changed while it is in use: Trio's
/// `CapacityLimiter`, which asyncio lacks.
///
/// Unlike a [`Semaphore`](super::Semaphore) it counts what is lent out, not what is left: tokens are
/// lent and come back, never made up; the number of tokens can be [set](Self::set_total_tokens) anew at
/// any time; and a [`Borrower`] can hold one only.
///
/// # Fairness
///
/// First in, first out.
///
/// # Examples
///
/// ```
/// use asyncio::CapacityLimiter;
///
/// # futures::executor::block_on(async {
/// let workers = CapacityLimiter::new(1);
/// let token = workers.acquire().await;
/// assert!(workers.try_acquire().is_none());
/// workers.set_total_tokens(2);
/// assert!(workers.try_acquire().is_some());
/// # drop(token);
/// # });
/// ```
pub struct CapacityLimiter {
    state: Mutex<State>,
}

struct State {
    total: usize,
    /// Tokens that are held, or granted to a waiter. More than `total` for a while after that was
    /// lowered.
    borrowed: usize,
    /// The named ones among those who hold a token.
    borrowers: BTreeSet<Borrower>,
    /// The named ones among those who wait.
    pending: BTreeSet<Borrower>,
    line: WaitList<()>,
}

/// Somebody who can hold one token of a [`CapacityLimiter`] at a time; in Trio any object, a task most
/// of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Borrower(u64);

impl Borrower {
    /// A borrower different from all others.
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "each is different: there is no default one"
    )]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Borrower(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl CapacityLimiter {
    /// A limiter with so many tokens. 0 lends nothing until there are more; `usize::MAX` is no limit.
    #[must_use]
    #[track_caller]
    pub const fn new(total_tokens: usize) -> Self {
        CapacityLimiter {
            state: Mutex::new(State {
                total: total_tokens,
                borrowed: 0,
                borrowers: BTreeSet::new(),
                pending: BTreeSet::new(),
                line: WaitList::new(Kind::CapacityLimiter),
            }),
        }
    }

    /// Takes a token if one is available and nobody waits for it: Trio's `acquire_nowait`.
    pub fn try_acquire(&self) -> Option<CapacityToken<&Self>> {
        let taken = self.state().take(None);
        // Not `then_some`: that would make a token, and give it back, where there is none.
        taken.then(|| CapacityToken {
            limiter: self,
            borrower: None,
        })
    }

    /// Waits for a token and takes it: Trio's `acquire`.
    ///
    /// A token that is available is taken without yielding to the executor. In Trio the borrower is the
    /// current task; here each call is a borrower of its own.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; a token that it was just lent goes to the next.
    pub fn acquire(&self) -> CapacityAcquire<&Self> {
        CapacityAcquire(Acquire::new(self, None))
    }

    /// As [`acquire`](Self::acquire), with a token that keeps the limiter alive by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use asyncio::CapacityLimiter;
    /// use std::sync::Arc;
    ///
    /// let limiter = Arc::new(CapacityLimiter::new(1));
    /// let token = limiter.clone().acquire_owned().await;
    /// std::thread::spawn(move || drop(token)).join().unwrap();
    /// assert_eq!(limiter.available_tokens(), 1);
    /// # });
    /// ```
    pub fn acquire_owned(self: Arc<Self>) -> CapacityAcquire<Arc<Self>> {
        CapacityAcquire(Acquire::new(self, None))
    }

    /// As [`acquire`](Self::acquire), for a borrower that may hold one token only: Trio's
    /// `acquire_on_behalf_of`.
    ///
    /// # Errors
    ///
    /// [`AlreadyBorrowedError`] if the borrower has a token or waits for one.
    pub fn acquire_on_behalf_of(&self, borrower: Borrower) -> CapacityAcquireOnBehalfOf<&Self> {
        CapacityAcquireOnBehalfOf(Acquire::new(self, Some(borrower)))
    }

    /// How many tokens there are: Trio's `total_tokens`.
    pub fn total_tokens(&self) -> usize {
        self.state().total
    }

    /// Changes how many tokens there are: assigning to Trio's `total_tokens`.
    ///
    /// With more, the first in line are let through. With fewer, nobody loses a token; none is lent
    /// until enough have come back.
    pub fn set_total_tokens(&self, total_tokens: usize) {
        let mut after = After::new();
        let mut state = self.state();
        state.total = total_tokens;
        state.lend(&mut after);
    }

    /// How many tokens are lent out: Trio's `borrowed_tokens`.
    pub fn borrowed_tokens(&self) -> usize {
        self.state().borrowed
    }

    /// How many tokens are left: Trio's `available_tokens`.
    pub fn available_tokens(&self) -> usize {
        let state = self.state();
        state.total.saturating_sub(state.borrowed)
    }

    /// A snapshot of the limiter: Trio's `statistics`.
    pub fn statistics(&self) -> CapacityLimiterStatistics {
        let state = self.state();
        CapacityLimiterStatistics {
            borrowed_tokens: state.borrowed,
            total_tokens: state.total,
            borrowers: state.borrowers.iter().copied().collect(),
            tasks_waiting: state.line.waiting(),
        }
    }

    fn give_back(&self, borrower: Option<Borrower>) {
        let mut after = After::new();
        let mut state = self.state();
        state.borrowed -= 1;
        if let Some(borrower) = borrower {
            state.borrowers.remove(&borrower);
        }
        state.lend(&mut after);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a token if there is one and nobody waits.
    fn take(&mut self, borrower: Option<Borrower>) -> bool {
        let free = self.borrowed < self.total && self.line.waiting() == 0;
        if free {
            self.borrowed += 1;
            self.borrowers.extend(borrower);
        }
        free
    }

    /// Lends the tokens there are to the first in line.
    fn lend(&mut self, after: &mut After) {
        while self.borrowed < self.total && self.line.grant_first((), after) {
            self.borrowed += 1;
        }
    }

    fn knows(&self, borrower: Borrower) -> bool {
        self.borrowers.contains(&borrower) || self.pending.contains(&borrower)
    }
}

impl fmt::Debug for CapacityLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statistics = self.statistics();
        f.debug_struct("CapacityLimiter")
            .field("borrowed_tokens", &statistics.borrowed_tokens)
            .field("total_tokens", &statistics.total_tokens)
            .field("tasks_waiting", &statistics.tasks_waiting)
            .finish()
    }
}

/// What [`CapacityLimiter::statistics`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapacityLimiterStatistics {
    /// As [`CapacityLimiter::borrowed_tokens`].
    pub borrowed_tokens: usize,
    /// As [`CapacityLimiter::total_tokens`].
    pub total_tokens: usize,
    /// Those who hold a token by [`CapacityLimiter::acquire_on_behalf_of`].
    pub borrowers: Vec<Borrower>,
    /// How many tasks are in line.
    pub tasks_waiting: usize,
}

/// What the futures have in common. `L` is `&CapacityLimiter` or `Arc<CapacityLimiter>`.
#[derive(Debug)]
struct Acquire<L: Deref<Target = CapacityLimiter>> {
    /// `None` once the token has it.
    limiter: Option<L>,
    borrower: Option<Borrower>,
    /// In line, or lent a token and not told; before that, not polled yet.
    ticket: Option<Ticket>,
}

impl<L: Deref<Target = CapacityLimiter>> Acquire<L> {
    fn new(limiter: L, borrower: Option<Borrower>) -> Self {
        Acquire {
            limiter: Some(limiter),
            borrower,
            ticket: None,
        }
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<CapacityToken<L>, AlreadyBorrowedError>> {
        let Some(limiter) = &self.limiter else {
            panic!("future polled after it was done");
        };
        let borrower = self.borrower;
        let mut after = After::new();
        let mut state = limiter.state();
        if self.ticket.is_some() {
            ready!(state.line.poll(&mut self.ticket, cx.waker(), &mut after));
            if let Some(borrower) = borrower {
                state.pending.remove(&borrower);
                state.borrowers.insert(borrower);
            }
        } else if borrower.is_some_and(|borrower| state.knows(borrower)) {
            drop(state);
            self.limiter = None;
            return Poll::Ready(Err(AlreadyBorrowedError));
        } else if !state.take(borrower) {
            self.ticket = Some(state.line.push(cx.waker()));
            state.pending.extend(borrower);
            return Poll::Pending;
        }
        drop(state);
        let limiter = self.limiter.take().expect("it was there just now");
        Poll::Ready(Ok(CapacityToken { limiter, borrower }))
    }
}

impl<L: Deref<Target = CapacityLimiter>> Drop for Acquire<L> {
    fn drop(&mut self) {
        let (Some(limiter), Some(ticket)) = (&self.limiter, self.ticket.take()) else {
            return;
        };
        let mut after = After::new();
        let mut state = limiter.state();
        if let Some(borrower) = self.borrower {
            state.pending.remove(&borrower);
        }
        if state.line.cancel(ticket, &mut after).is_some() {
            state.borrowed -= 1;
            state.lend(&mut after);
        }
    }
}

/// The future of [`CapacityLimiter::acquire`] and [`CapacityLimiter::acquire_owned`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct CapacityAcquire<L: Deref<Target = CapacityLimiter>>(Acquire<L>);

// The limiter is not pinned by pinning what points to it.
impl<L: Deref<Target = CapacityLimiter>> Unpin for CapacityAcquire<L> {}

impl<L: Deref<Target = CapacityLimiter>> Future for CapacityAcquire<L> {
    type Output = CapacityToken<L>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(self.0.poll(cx)) {
            Ok(token) => Poll::Ready(token),
            Err(AlreadyBorrowedError) => unreachable!("there is no borrower to know"),
        }
    }
}

/// The future of [`CapacityLimiter::acquire_on_behalf_of`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct CapacityAcquireOnBehalfOf<L: Deref<Target = CapacityLimiter>>(Acquire<L>);

// As of `CapacityAcquire`.
impl<L: Deref<Target = CapacityLimiter>> Unpin for CapacityAcquireOnBehalfOf<L> {}

impl<L: Deref<Target = CapacityLimiter>> Future for CapacityAcquireOnBehalfOf<L> {
    type Output = Result<CapacityToken<L>, AlreadyBorrowedError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

/// A token of a [`CapacityLimiter`]. Dropping it gives it back: Trio's `release`,
/// `release_on_behalf_of`.
///
/// `L` is how the token reaches the limiter: `&CapacityLimiter`, or `Arc<CapacityLimiter>`.
#[derive(Debug)]
#[must_use = "the token is given back as soon as it is dropped"]
#[clippy::has_significant_drop]
pub struct CapacityToken<L: Deref<Target = CapacityLimiter>> {
    limiter: L,
    borrower: Option<Borrower>,
}

impl<L: Deref<Target = CapacityLimiter>> Drop for CapacityToken<L> {
    fn drop(&mut self) {
        self.limiter.give_back(self.borrower);
    }
}
