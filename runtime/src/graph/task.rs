//! What introspection knows of a task.

use super::probe::Probe;
use super::record::{Collected, Collecting, Kept, Waits};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::task::Context;
use std::time::{Duration, Instant};

/// The part of a task's header that is for introspection.
#[derive(Debug)]
pub(crate) struct Observed {
    /// When it first suspended, in milliseconds after [`EPOCH`]; zero if it did not.
    since: AtomicU32,
    /// Counts the beginnings and the ends of its polls, so it is odd while it runs. Zero: it was not
    /// polled, or not since introspection is on.
    polls: AtomicU32,
    waits: Kept,
}

/// When the first task suspended.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long ago `EPOCH` was, never zero.
fn now() -> u32 {
    let millis = EPOCH.elapsed().as_millis() + 1;
    u32::try_from(millis).unwrap_or(u32::MAX)
}

impl Observed {
    pub(crate) const fn new() -> Self {
        Observed {
            since: AtomicU32::new(0),
            polls: AtomicU32::new(0),
            waits: Kept::new(),
        }
    }

    /// How long ago it first suspended. Not how long ago it was made: reading the clock would be the
    /// greater part of what introspection costs a task that never suspends.
    pub(super) fn age(&self) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed);
        (since > 0).then(|| Duration::from_millis(now().saturating_sub(since).into()))
    }

    pub(super) fn polls(&self) -> u32 {
        self.polls.load(Ordering::Acquire)
    }

    pub(crate) fn waits(&self, elsewhere: Option<&Mutex<Waits>>) -> Waits {
        self.waits.get(elsewhere)
    }

    /// The task is polled from here on, or was until here. Only one thread at a time does that.
    #[inline]
    pub(crate) fn step(&self) {
        let polls = self.polls.load(Ordering::Relaxed);
        self.polls.store(polls.wrapping_add(1), Ordering::Release);
    }

    /// The poll that ends here has recorded this, and the task suspends. What is more than a task is kept
    /// elsewhere.
    #[inline]
    pub(crate) fn keep<'a>(
        &self,
        collected: Collected,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
    ) {
        if self.since.load(Ordering::Relaxed) == 0 {
            self.first_suspends();
        }
        self.waits.put(collected, elsewhere);
    }
}

impl Observed {
    #[cold]
    fn first_suspends(&self) {
        self.since.store(now(), Ordering::Relaxed);
        #[cfg(unix)]
        crate::introspection::serve_without_runner();
    }
}

/// Polls a task; where it is watched, with a waker that finds out who keeps it. Gives what it waits for
/// then.
#[inline]
pub(crate) fn poll_task<R>(
    watched: bool,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> R,
) -> (R, Option<Collected>) {
    // One call of `poll`, or all of the task would be compiled twice.
    let collecting = watched.then(Collecting::start);
    let probe = Probe::new(cx.waker());
    let waker = if watched { &*probe } else { cx.waker() };
    let polled = poll(&mut Context::from_waker(waker));
    (polled, collecting.map(Collecting::finish))
}
