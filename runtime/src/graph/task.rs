//! What introspection knows of a task.

use super::probe::Probe;
use super::record::{Kept, OfTask, Waits};
use super::switch::{is_on, may_be_on};
use std::ptr;
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
    fn step(&self) {
        let polls = self.polls.load(Ordering::Relaxed);
        self.polls.store(polls.wrapping_add(1), Ordering::Release);
    }

    #[cold]
    fn first_suspends(&self) {
        self.since.store(now(), Ordering::Relaxed);
        #[cfg(unix)]
        crate::introspection::serve_without_runner();
    }

    /// Polls the task; where introspection is on, with a waker that finds out who keeps it. If that `is_pending` keeps
    /// what the task waits for; elsewhere, if it is more than a task.
    #[inline(always)]
    pub(crate) fn poll<'a, P>(
        &self,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> P,
        is_pending: impl FnOnce(&P) -> bool,
    ) -> P {
        let mut probes = false;
        if may_be_on() {
            if OfTask::start_on_loop() {
                self.step();
            } else if is_on() {
                self.step();
                OfTask::start();
                probes = true;
            }
        }
        let collecting = OfTask::started();
        let polled = probed(probes, cx, poll);
        if let Some(state) = collecting.state() {
            let waits = self.suspends(is_pending(&polled));
            collecting.finish(state, waits, &self.waits, elsewhere);
            self.step();
        }
        polled
    }

    /// For a task of a loop of ours, where introspection is on: what it waits for is recorded from here on. False if
    /// something is polled around it: nothing is recorded then.
    #[inline(always)]
    #[must_use]
    pub(crate) fn start_on_loop(&self) -> bool {
        let starts = OfTask::start_on_loop();
        if starts {
            self.step();
        }
        starts
    }

    /// As [`poll`](Self::poll), once [`start_on_loop`](Self::start_on_loop) has given true.
    #[inline(always)]
    pub(crate) fn poll_started<'a, P>(
        &self,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> P,
        is_pending: impl FnOnce(&P) -> bool,
    ) -> P {
        let collecting = OfTask::started();
        let polled = poll(cx);
        let waits = self.suspends(is_pending(&polled));
        collecting.finish_on_loop(waits, &self.waits, elsewhere);
        self.step();
        polled
    }

    #[inline(always)]
    fn suspends(&self, is_pending: bool) -> bool {
        if is_pending && self.since.load(Ordering::Relaxed) == 0 {
            self.first_suspends();
        }
        is_pending
    }
}

/// Calls `poll`, if it `probes` with a waker that finds out who keeps it.
// One call of it, or all of the task would be compiled twice.
#[inline(always)]
fn probed<P>(probes: bool, cx: &mut Context<'_>, poll: impl FnOnce(&mut Context<'_>) -> P) -> P {
    let (probe, mut probing);
    let mut cx = shorter(cx);
    if probes {
        probe = Probe::new(cx.waker());
        probing = Context::from_waker(&probe);
        cx = &mut probing;
    }
    poll(cx)
}

/// A context for a poll that may be given another one.
#[inline(always)]
#[allow(unsafe_code)]
fn shorter<'a>(cx: &'a mut Context<'_>) -> &'a mut Context<'a> {
    // SAFETY: it is passed on as a context of whatever lifetime, so nothing that lives shorter than the one it had
    // is put in there.
    unsafe { &mut *ptr::from_mut(cx).cast::<Context<'a>>() }
}
