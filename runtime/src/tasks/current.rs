//! The task that runs here, and the deadline in force.

use super::header::Header;
use super::{TaskHandle, TaskId, TaskSpan};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

thread_local! {
    static TASK: Cell<Option<Arc<Header>>> = const { Cell::new(None) };
    static DEADLINES: Deadlines = const {
        Deadlines {
            at: Cell::new(None),
            within: Cell::new(Duration::MAX),
        }
    };
}

/// Runs `f` as this task.
pub(super) fn as_task<R>(
    header: &mut Option<Arc<Header>>,
    span: &TaskSpan,
    f: impl FnOnce() -> R,
) -> R {
    /// Gives the header back, also on unwind: it is moved in and out, so that a poll costs no
    /// reference count.
    struct Leave<'a> {
        header: &'a mut Option<Arc<Header>>,
        outer: Option<Arc<Header>>,
        at: Option<Instant>,
        within: Duration,
    }
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            *self.header = TASK
                .try_with(|task| task.replace(self.outer.take()))
                .ok()
                .flatten();
            DEADLINES.with(|deadlines| {
                deadlines.at.set(self.at);
                deadlines.within.set(self.within);
            });
        }
    }
    let inherited = header.as_ref().and_then(|header| header.deadline);
    let (at, within) = DEADLINES.with(|deadlines| {
        (
            deadlines.at.replace(inherited),
            deadlines.within.replace(Duration::MAX),
        )
    });
    let mut taken = header.take();
    let outer = TASK
        .try_with(|task| task.replace(taken.take()))
        .ok()
        .flatten();
    let _leave = Leave {
        header,
        outer,
        at,
        within,
    };
    let _hidden = crate::contextvars::hide();
    span.in_scope(f)
}

/// A deadline. Where there is no need to, the clock is not read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deadline {
    At(Instant),
    /// This long after about now.
    Within(Duration),
}

/// The deadlines in force: the earliest of each sort.
// Two cells, as a time limit is of one sort, and changes and restores only that.
struct Deadlines {
    at: Cell<Option<Instant>>,
    /// [`Duration::MAX`] without one.
    within: Cell<Duration>,
}

/// Runs `f` under a deadline, unless an earlier one is in force.
#[inline]
pub(crate) fn under_deadline<R>(new: Deadline, f: impl FnOnce() -> R) -> R {
    match new {
        Deadline::Within(new) => {
            let outer = DEADLINES.with(|deadlines| deadlines.within.get());
            let _leave = LeaveWithin(outer);
            DEADLINES.with(|deadlines| deadlines.within.set(outer.min(new)));
            f()
        }
        Deadline::At(new) => {
            let outer = DEADLINES.with(|deadlines| deadlines.at.get());
            let _leave = LeaveAt(outer);
            let at = outer.map_or(new, |outer| outer.min(new));
            DEADLINES.with(|deadlines| deadlines.at.set(Some(at)));
            f()
        }
    }
}

struct LeaveWithin(Duration);

impl Drop for LeaveWithin {
    #[inline]
    fn drop(&mut self) {
        DEADLINES.with(|deadlines| deadlines.within.set(self.0));
    }
}

struct LeaveAt(Option<Instant>);

impl Drop for LeaveAt {
    #[inline]
    fn drop(&mut self) {
        DEADLINES.with(|deadlines| deadlines.at.set(self.0));
    }
}

/// The deadline in force here.
pub(crate) fn deadline() -> Option<Instant> {
    if with_task(|header| header.is_some_and(|header| !header.is_here())) {
        return None;
    }
    let (at, within) = DEADLINES.with(|deadlines| (deadlines.at.get(), deadlines.within.get()));
    let computed = match within {
        Duration::MAX => None,
        within => Instant::now().checked_add(within),
    };
    match (at, computed) {
        (Some(at), Some(computed)) => Some(at.min(computed)),
        (at, computed) => at.or(computed),
    }
}

/// Shows `f` the task whose poll is under way on this thread, which need not be that of this code.
fn with_task<R>(f: impl FnOnce(Option<&Arc<Header>>) -> R) -> R {
    let task = TASK.try_with(Cell::take).ok().flatten();
    let result = f(task.as_ref());
    let _ = TASK.try_with(|cell| cell.set(task));
    result
}

/// Which task's poll is under way on this thread.
pub(crate) fn id() -> Option<TaskId> {
    with_task(|header| header.map(|header| header.id))
}

pub(crate) fn header() -> Option<Arc<Header>> {
    with_task(|header| header.filter(|header| header.is_here()).cloned())
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
