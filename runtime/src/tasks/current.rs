//! The task that runs here, and the deadline in force.

use super::header::Header;
use super::{TaskHandle, TaskId, TaskSpan};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

thread_local! {
    static TASK: Cell<Option<Arc<Header>>> = const { Cell::new(None) };
    static DEADLINE: Cell<Deadline> = const { Cell::new(Deadline::NONE) };
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
        deadline: Deadline,
    }
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            *self.header = TASK
                .try_with(|task| task.replace(self.outer.take()))
                .ok()
                .flatten();
            let _ = DEADLINE.try_with(|deadline| deadline.set(self.deadline));
        }
    }
    let inherited = Deadline {
        at: header.as_ref().and_then(|header| header.deadline),
        within: None,
    };
    let deadline = DEADLINE
        .try_with(|deadline| deadline.replace(inherited))
        .unwrap_or_default();
    let mut taken = header.take();
    let outer = TASK
        .try_with(|task| task.replace(taken.take()))
        .ok()
        .flatten();
    let _leave = Leave {
        header,
        outer,
        deadline,
    };
    let _hidden = crate::contextvars::hide();
    span.in_scope(f)
}

/// A deadline that may not have been computed yet: without need, the clock is not read.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Option<Instant>,
    /// This long after about now.
    pub(crate) within: Option<Duration>,
}

impl Deadline {
    const NONE: Deadline = Deadline {
        at: None,
        within: None,
    };

    fn earliest(self, other: Deadline) -> Deadline {
        fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
            match (a, b) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            }
        }
        Deadline {
            at: earlier(self.at, other.at),
            within: earlier(self.within, other.within),
        }
    }

    fn resolve(self) -> Option<Instant> {
        match self
            .within
            .and_then(|within| Instant::now().checked_add(within))
        {
            Some(at) => Some(self.at.map_or(at, |other| other.min(at))),
            None => self.at,
        }
    }
}

/// Runs `f` under a deadline, unless an earlier one is in force.
pub(crate) fn under_deadline<R>(new: Deadline, f: impl FnOnce() -> R) -> R {
    struct Leave(Deadline);
    impl Drop for Leave {
        fn drop(&mut self) {
            let _ = DEADLINE.try_with(|deadline| deadline.set(self.0));
        }
    }
    let outer = DEADLINE.try_with(Cell::get).unwrap_or_default();
    let _leave = Leave(outer);
    let _ = DEADLINE.try_with(|deadline| deadline.set(outer.earliest(new)));
    f()
}

/// The deadline in force here.
pub(crate) fn deadline() -> Option<Instant> {
    if with_task(|header| header.is_some_and(|header| !header.is_here())) {
        return None;
    }
    DEADLINE.try_with(Cell::get).unwrap_or_default().resolve()
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
