//! The task that runs here, and the deadline in force.

use super::cell::{Lent, TaskRef};
use super::{TaskHandle, TaskId, TaskSpan};
use crate::{contextvars, scope};
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::time::Duration;
use tokio::time::Instant;

thread_local! {
    static NOW: Now = const {
        Now {
            task: Cell::new(None),
            place: Cell::new(None),
            limit: Cell::new(ptr::null()),
        }
    };
}

/// What is in force on this thread. Without destructors, so that the access is a plain one.
struct Now {
    /// The task whose poll is under way.
    task: Cell<Option<Lent>>,
    /// Tokio's task that polls it.
    place: Cell<Option<tokio::task::Id>>,
    /// The innermost time limit, on the stack of whoever is at work; null without one.
    limit: Cell<*const Limit>,
}

/// A time limit in force. Which is the earliest is found out when somebody asks.
struct Limit {
    deadline: NonNull<Deadline>,
    outer: *const Limit,
}

/// Runs `f` as this task, in its span.
#[inline(always)]
pub(super) fn as_task_in<R>(task: &TaskRef, span: &TaskSpan, f: impl FnOnce() -> R) -> R {
    as_task(task, || span.in_scope(f))
}

/// Runs `f` as this task.
#[inline(always)]
pub(super) fn as_task<R>(task: &TaskRef, f: impl FnOnce() -> R) -> R {
    let place = if task.is_on_loop() {
        None // which polls outside of Tokio's tasks
    } else {
        tokio::task::try_id()
    };
    let _leave = enter(Some(task.lend()), place);
    let deadline = task.deadline().map(Deadline::At);
    let limit = deadline.as_ref().map(|deadline| Limit {
        deadline: NonNull::from(deadline),
        outer: ptr::null(),
    });
    let _limits = only_limit(limit.as_ref());
    let _hidden = contextvars::hide();
    f()
}

/// A loop of ours is at work: nothing is in force here that is around it, for as long as what this gives
/// lives.
pub(crate) fn on_bare_loop() -> impl Sized {
    let limit = NOW.with(|now| LeaveLimit(now.limit.replace(ptr::null())));
    let (hidden, nothing) = (contextvars::hide(), scope::nothing_around());
    (enter(None, None), limit, hidden, nothing)
}

fn enter(task: Option<Lent>, place: Option<tokio::task::Id>) -> LeaveTask {
    NOW.with(|now| LeaveTask {
        task: now.task.replace(task),
        place: now.place.replace(place),
    })
}

/// Makes this the current task, for as long as what it gives lives.
///
/// For a loop that is [bare](on_bare_loop), and a task for which nothing else has to be put in force.
#[inline(always)]
pub(super) fn enter_plain(task: &TaskRef) -> LeavePlain {
    NOW.with(|now| {
        debug_assert!(now.limit.get().is_null() && now.place.get().is_none());
        now.task.set(Some(task.lend()));
    });
    LeavePlain
}

pub(super) struct LeavePlain;

impl Drop for LeavePlain {
    #[inline(always)]
    fn drop(&mut self) {
        NOW.with(|now| now.task.set(None));
    }
}

struct LeaveTask {
    task: Option<Lent>,
    place: Option<tokio::task::Id>,
}

impl Drop for LeaveTask {
    #[inline]
    fn drop(&mut self) {
        NOW.with(|now| {
            now.task.set(self.task);
            now.place.set(self.place);
        });
    }
}

/// Has the deadline in force that was so where the task was made. Mostly there is none, neither there nor
/// here: then there is nothing to be done, as whoever sets one in the task restores it.
#[inline]
fn only_limit(limit: Option<&Limit>) -> Option<LeaveLimit> {
    let limit = limit.map_or(ptr::null(), ptr::from_ref);
    NOW.with(|now| {
        let outer = now.limit.get();
        if limit.is_null() && outer.is_null() {
            return None;
        }
        now.limit.set(limit);
        Some(LeaveLimit(outer))
    })
}

/// A deadline. Where there is no need to, the clock is not read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deadline {
    At(Instant),
    /// This long after about now.
    Within(Duration),
}

/// Runs `f` under a deadline, unless an earlier one is in force.
#[inline]
pub(crate) fn under_deadline<R>(deadline: &Deadline, f: impl FnOnce() -> R) -> R {
    let outer = NOW.with(|now| now.limit.get());
    let limit = Limit {
        deadline: NonNull::from(deadline),
        outer,
    };
    NOW.with(|now| now.limit.set(&raw const limit));
    let _leave = LeaveLimit(outer);
    f()
}

struct LeaveLimit(*const Limit);

impl Drop for LeaveLimit {
    #[inline]
    fn drop(&mut self) {
        NOW.with(|now| now.limit.set(self.0));
    }
}

/// Whether there may be a deadline in force here.
#[inline]
pub(super) fn has_limits() -> bool {
    NOW.with(|now| !now.limit.get().is_null())
}

/// The deadline in force here.
#[inline]
pub(crate) fn deadline() -> Option<Instant> {
    let limit = NOW.with(|now| now.limit.get());
    if limit.is_null() {
        return None;
    }
    earliest(limit)
}

#[allow(unsafe_code)]
fn earliest(mut limit: *const Limit) -> Option<Instant> {
    if NOW.with(|now| now.task.get().is_some() && !is_here(now.place.get())) {
        return None;
    }
    let (mut at, mut within) = (None::<Instant>, Duration::MAX);
    // SAFETY: each is on the stack of this thread, below, and is no longer in force before it goes. So is what it
    // points to: who has put it in force has borrowed that.
    while let Some(Limit { deadline, outer }) = unsafe { limit.as_ref() } {
        // SAFETY: as above.
        match *unsafe { deadline.as_ref() } {
            Deadline::At(new) => at = Some(at.map_or(new, |at| at.min(new))),
            Deadline::Within(new) => within = within.min(new),
        }
        limit = *outer;
    }
    let computed = match within {
        Duration::MAX => None,
        within => Instant::now().checked_add(within),
    };
    match (at, computed) {
        (Some(at), Some(computed)) => Some(at.min(computed)),
        (at, computed) => at.or(computed),
    }
}

/// Whether the task whose poll is under way is the one of this code, and not one of Tokio's that is polled
/// inside of it.
fn is_here(place: Option<tokio::task::Id>) -> bool {
    place == tokio::task::try_id()
}

/// Shows `f` the task whose poll is under way on this thread, which need not be that of this code.
#[allow(unsafe_code)]
fn with_task<R>(f: impl FnOnce(&TaskRef, bool) -> R) -> Option<R> {
    let (task, place) = NOW.with(|now| Some((now.task.get()?, now.place.get())))?;
    // SAFETY: `as_task` has a reference for as long as it is there, on this thread.
    Some(unsafe { task.with(|task| f(task, is_here(place))) })
}

/// Which task's poll is under way on this thread.
pub(crate) fn id() -> Option<TaskId> {
    with_task(|task, _| task.id)
}

/// Whether this task's poll is under way on this thread.
#[inline]
pub(super) fn is(task: &TaskRef) -> bool {
    let here = NOW.with(|now| now.task.get());
    here.is_some_and(|here| here.address() == task.lend().address())
}

pub(crate) fn header() -> Option<TaskRef> {
    with_task(|task, is_here| is_here.then(|| task.clone())).flatten()
}

/// The task that is running here: `asyncio.current_task()`.
///
/// `None` outside of the tasks of this crate, as in a callback of asyncio's loop, or in a task that was
/// spawned with `tokio::spawn`.
///
/// # Examples
///
/// ```
/// #[asyncio::main]
/// async fn main() {
///     let task = asyncio::create_task(async { asyncio::current_task().unwrap().id() });
///     let id = task.id();
///     assert_eq!(task.await, Ok(id));
/// }
/// ```
#[must_use]
pub fn current_task() -> Option<TaskHandle> {
    header().map(TaskHandle::new)
}

/// How long until the deadline in force here passes: the earliest of the
/// [`timeout`](crate::timeout())s around this code, and of those around the place where its task was
/// created. `None` without any. Zero if it has passed.
///
/// # Examples
///
/// ```
/// use asyncio::{remaining, timeout};
/// use std::time::Duration;
///
/// #[asyncio::main]
/// async fn main() {
///     assert_eq!(remaining(), None);
///     let left = timeout(60, async { remaining() }).await.unwrap();
///     assert!(left.unwrap() <= Duration::from_secs(60));
/// }
/// ```
#[must_use]
pub fn remaining() -> Option<Duration> {
    deadline().map(|at| at.saturating_duration_since(Instant::now()))
}
