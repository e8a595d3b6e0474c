//! What is around a poll of a task, and what follows its last one. None of it depends on the task's type.
#![allow(unsafe_code)]

use super::cell::TaskRef;
use super::header::Ended;
use super::join::Finished;
use super::{TaskHandle, current, root};
use crate::events::debug::Watch;
use crate::watch::Watched;
use std::task::Context;

/// Polls a task of a loop that is [bare](current::on_bare_loop), in a [simple turn](super::Turn::Simple). True once it
/// has ended.
///
/// # Safety
///
/// In such a turn; on the thread of its loop, outside of every body.
#[inline(always)]
pub(crate) unsafe fn poll_simply(task: &TaskRef, cx: &mut Context<'_>) -> bool {
    let watched = Watched::now();
    let ended = if watched == Watched::NOTHING {
        // SAFETY: passed on to the caller.
        unsafe { run_plain(task, cx) }
    } else if watched == Watched::GRAPH && task.observed().start_on_loop() {
        // SAFETY: as above.
        unsafe { run_recorded(task, cx) }
    } else {
        // SAFETY: as above.
        return unsafe { poll_with_all(task, cx) };
    };
    // SAFETY: the body has given its outcome just now.
    ended.is_some_and(|ended| unsafe { conclude(task, ended) })
}

/// As [`run`], on a loop that is [bare](current::on_bare_loop), in a simple turn, where nothing is watched.
///
/// # Safety
///
/// As [`poll_simply`].
#[inline(always)]
unsafe fn run_plain(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    let _leave = current::enter_plain(task);
    // SAFETY: passed on to the caller.
    unsafe { task.run_simply(cx) }
}

/// The same, where waits alone are recorded.
///
/// # Safety
///
/// As [`run_plain`], right after [`start_on_loop`](crate::graph::Observed::start_on_loop) has given true.
#[inline(always)]
unsafe fn run_recorded(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    let _leave = current::enter_plain(task);
    // SAFETY: passed on to the caller.
    let run = |cx: &mut Context<'_>| unsafe { task.run_simply(cx) };
    let observed = task.observed();
    observed.poll_started(|| task.kept_waits(), cx, run, Option::is_none)
}

/// The same anywhere on the thread of its loop, of a task that need not be plain.
///
/// # Safety
///
/// There must be a body; on the thread of its loop, and not from inside of it.
#[inline(never)]
pub(crate) unsafe fn poll_with_all(task: &TaskRef, cx: &mut Context<'_>) -> bool {
    // SAFETY: passed on to the caller.
    let ended = watched(task, || unsafe { run(task, cx) });
    // SAFETY: the body has given its outcome just now.
    ended.is_some_and(|ended| unsafe { conclude(task, ended) })
}

/// Ends a task that nobody will poll again.
///
/// # Safety
///
/// As [`poll`].
pub(crate) unsafe fn abandon(task: &TaskRef) {
    // SAFETY: passed on to the caller.
    let ended = unsafe { task.abandon() };
    // SAFETY: the body has given its outcome just now.
    unsafe { conclude(task, ended) };
}

/// Polls a task as the current one. Where introspection is on, what it waits for is kept. Gives how it ended, if it
/// did: then it has to be [concluded](conclude).
///
/// # Safety
///
/// There must be a body; for whoever runs the task, and not from inside of it.
#[inline(always)]
pub(super) unsafe fn run(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    // SAFETY: passed on to the caller.
    let as_task = |cx: &mut Context<'_>| current::as_task(task, || unsafe { task.run(cx) });
    let observed = task.observed();
    observed.poll(|| task.kept_waits(), cx, as_task, Option::is_none)
}

/// As [`run`]; in debug mode it is reported if it takes too long. How it ended is put into its place before that,
/// as the report may panic.
///
/// # Safety
///
/// As [`run`].
#[inline(always)]
pub(super) unsafe fn run_watched(task: &TaskRef, cx: &mut Context<'_>, ended: &mut Option<Ended>) {
    if Watched::now() == Watched::NOTHING {
        // SAFETY: passed on to the caller.
        *ended = current::as_task(task, || unsafe { task.run(cx) });
    } else {
        // SAFETY: as above.
        unsafe { run_watched_slowly(task, cx, ended) };
    }
}

/// # Safety
///
/// As [`run`].
#[cold]
#[inline(never)]
unsafe fn run_watched_slowly(task: &TaskRef, cx: &mut Context<'_>, ended: &mut Option<Ended>) {
    // SAFETY: passed on to the caller.
    watched(task, || *ended = unsafe { run(task, cx) });
}

/// Says in debug mode that a poll of a task took too long, if it did.
#[inline(always)]
fn watched<P>(task: &TaskRef, poll: impl FnOnce() -> P) -> P {
    let watch = Watch::start();
    let polled = poll();
    watch.stop(|| format!("task `{}`, spawned at {},", task.name(), task.location));
    polled
}

/// The body is gone, and the outcome in its place. Always true.
///
/// # Safety
///
/// The task is in its list; once, for whoever runs it.
#[inline(always)]
pub(super) unsafe fn conclude(task: &TaskRef, ended: Ended) -> bool {
    task.requests.end();
    // SAFETY: the caller promises that it is there.
    unsafe { task.leave_list() };
    // SAFETY: the caller promises that the outcome is there.
    let finished = unsafe { task.deliver(ended) };
    if finished.is_awaited_only() {
        // SAFETY: the task was delivered just now, with this.
        unsafe { task.join.wake(finished) };
    } else if !finished.is_quiet() {
        // SAFETY: it was delivered just now.
        unsafe { tell(task, finished) };
    }
    true
}

/// Tells those who wait for the end of a task.
///
/// # Safety
///
/// For whoever runs the task, once, with what its delivery gave.
#[inline(never)]
unsafe fn tell(task: &TaskRef, finished: Finished) {
    // SAFETY: passed on to the caller.
    unsafe { task.delivered(finished) };
    if finished.has_callbacks() {
        let handle = TaskHandle::new(task.clone());
        for (_, callback) in task.take_callbacks() {
            root::run_callback(callback, &handle);
        }
    }
}
