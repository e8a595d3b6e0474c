//! A counter of permits with a line of waiters: what `Lock`, `Semaphore` and `BoundedSemaphore` are
//! made of.
//!
//! One word holds the number of permits and whether anybody is `QUEUED`. While nobody is, a permit is
//! taken and given back by one atomic operation each. While somebody is, permits are taken only under
//! the mutex of the line, and handed from the releaser straight to the first in line, so nobody can
//! overtake. The word is model-checked: `tests/loom_permits.rs`.

use super::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};
use super::waitlist::{After, Ticket, WaitList};
use crate::graph::Kind;
use std::sync::PoisonError;
use std::task::{Context, Poll};

/// Somebody waits, or was let through and does not know yet. The other bits are the permits.
const QUEUED: usize = 1;
const ONE: usize = 2;

/// More permits than any program needs, and room above for those that are counted twice for a moment.
pub(crate) const MAX: usize = usize::MAX >> 3;

#[derive(Debug)]
pub struct Permits {
    word: AtomicUsize,
    line: Mutex<WaitList<()>>,
}

/// Where the acquisition of one permit stands.
#[derive(Debug)]
pub(crate) enum Acquiring {
    /// Not polled yet.
    Start,
    /// In line, or granted and not told.
    Queued(Option<Ticket>),
    /// The permit is handed out.
    Done,
}

impl Permits {
    const_fn! {
        /// # Panics
        ///
        /// With more than [`MAX`] permits.
        #[track_caller]
        pub(crate) fn new(permits: usize, kind: Kind) -> Self {
            assert!(permits <= MAX, "too many permits");
            Permits { word: AtomicUsize::new(permits * ONE), line: Mutex::new(WaitList::new(kind)) }
        }
    }

    /// Takes a permit if there is one and nobody waits.
    #[inline]
    pub(crate) fn try_acquire(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & QUEUED != 0 || word < ONE {
                return false;
            }
            match self.word.compare_exchange_weak(
                word,
                word - ONE,
                // With the `Release` of `release`: what the last holder did is seen by the next.
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// As [`try_acquire`](Self::try_acquire), where there never is more than one permit.
    #[inline]
    pub(crate) fn try_acquire_only(&self) -> bool {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.word.compare_exchange(ONE, 0, success, failure).is_ok()
    }

    /// Gives a permit back. The caller holds one, so the counter cannot overflow.
    #[inline]
    pub(crate) fn release(&self) {
        if self.word.fetch_add(ONE, Ordering::Release) & QUEUED != 0 {
            self.hand_out();
        }
    }

    /// Adds a permit unless there are `limit` already. The caller need not hold one.
    pub(crate) fn release_up_to(&self, limit: usize) -> bool {
        let added = self
            .word
            .fetch_update(Ordering::Release, Ordering::Relaxed, |word| {
                (word / ONE < limit).then(|| word + ONE)
            });
        if matches!(added, Ok(word) if word & QUEUED != 0) {
            self.hand_out();
        }
        added.is_ok()
    }

    /// Permits that are neither held nor promised to a waiter.
    pub(crate) fn available(&self) -> usize {
        self.word.load(Ordering::Acquire) / ONE
    }

    /// Whether `try_acquire` would fail now.
    pub(crate) fn locked(&self) -> bool {
        let word = self.word.load(Ordering::Acquire);
        word & QUEUED != 0 || word < ONE
    }

    /// For introspection: the task that is polled here took the only permit.
    #[cold]
    pub(crate) fn note_holder(&self) {
        self.line().is_held();
    }

    /// How many are in line.
    pub(crate) fn waiting(&self) -> usize {
        self.line().waiting()
    }

    fn line(&self) -> MutexGuard<'_, WaitList<()>> {
        // Only a waker's `clone` can panic in there, and that before anything is changed.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn hand_out(&self) {
        let mut after = After::new();
        let mut line = self.line();
        self.grant(&mut line, &mut after);
    }

    /// Gives the permits there are to the first in line.
    fn grant(&self, line: &mut WaitList<()>, after: &mut After) {
        // Under the mutex, with QUEUED set: nobody else takes permits, so a check is enough.
        while line.waiting() > 0 && self.word.load(Ordering::Relaxed) >= ONE {
            self.word.fetch_sub(ONE, Ordering::Acquire);
            line.grant_first((), after);
        }
        self.unqueue(line);
    }

    /// Opens the fast path again when nobody is in line and everybody granted has come for the grant.
    fn unqueue(&self, line: &WaitList<()>) {
        if line.is_idle() {
            // A read-modify-write, so that it does not end the release sequence of `release`.
            self.word.fetch_and(!QUEUED, Ordering::Relaxed);
        }
    }

    #[cold]
    fn enqueue(&self, cx: &Context<'_>) -> Option<Ticket> {
        let mut after = After::new();
        let mut line = self.line();
        // From here on permits are only added behind our back, and whoever adds one sees the flag and
        // comes for the mutex.
        let word = self.word.fetch_or(QUEUED, Ordering::Acquire);
        if word & QUEUED == 0 && word >= ONE {
            self.word.fetch_sub(ONE, Ordering::Acquire);
            self.unqueue(&line);
            return None;
        }
        let ticket = line.push(cx.waker());
        // Permits may be left while those who were granted others have yet to run. They go first: we
        // are granted one now and take it at the next poll, after theirs.
        self.grant(&mut line, &mut after);
        Some(ticket)
    }

    #[cold]
    fn poll_ticket(&self, ticket: &mut Option<Ticket>, cx: &Context<'_>) -> Poll<()> {
        let mut after = After::new();
        let mut line = self.line();
        let granted = line.poll(ticket, cx.waker(), &mut after);
        if granted.is_ready() {
            self.unqueue(&line);
        }
        granted
    }

    #[cold]
    fn cancel_ticket(&self, ticket: Ticket) {
        let mut after = After::new();
        let mut line = self.line();
        if line.cancel(ticket, &mut after).is_some() {
            self.word.fetch_add(ONE, Ordering::Release);
        }
        self.grant(&mut line, &mut after);
    }
}

impl Acquiring {
    #[inline]
    pub(crate) fn poll(&mut self, permits: &Permits, cx: &Context<'_>) -> Poll<()> {
        match self {
            Acquiring::Start if permits.try_acquire() => {}
            Acquiring::Start => {
                if let Some(ticket) = permits.enqueue(cx) {
                    *self = Acquiring::Queued(Some(ticket));
                    return Poll::Pending;
                }
            }
            Acquiring::Queued(ticket) => {
                if permits.poll_ticket(ticket, cx).is_pending() {
                    return Poll::Pending;
                }
            }
            Acquiring::Done => panic!("future polled after it was done"),
        }
        *self = Acquiring::Done;
        Poll::Ready(())
    }

    /// Leaves the line. What was granted meanwhile goes to the next.
    #[inline]
    pub(crate) fn cancel(&mut self, permits: &Permits) {
        if let Acquiring::Queued(Some(ticket)) = std::mem::replace(self, Acquiring::Done) {
            permits.cancel_ticket(ticket);
        }
    }
}
