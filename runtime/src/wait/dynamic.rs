//! `wait`: any number of tasks at once, without giving up those that are not done.

use crate::events::Timer;
use crate::graph::{self, NodeSlot, Suspended, poll_branch};
use crate::wakers::{Pass, Tree};
use crate::{IntoDuration, Task, watch};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// When a [`wait`] is over: the values of its argument `return_when` in asyncio, whose names are
/// constants of this crate as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReturnWhen {
    /// As soon as any task is done, however it ended.
    FirstCompleted,
    /// As soon as any task has failed: it panicked or returned an `Err`. One that was cancelled has
    /// not failed. Without a failure, when all are done.
    FirstException,
    /// When all tasks are done, however they ended.
    #[default]
    AllCompleted,
}

/// [`ReturnWhen::FirstCompleted`] by the name it has in asyncio.
pub const FIRST_COMPLETED: ReturnWhen = ReturnWhen::FirstCompleted;
/// [`ReturnWhen::FirstException`] by the name it has in asyncio.
pub const FIRST_EXCEPTION: ReturnWhen = ReturnWhen::FirstException;
/// [`ReturnWhen::AllCompleted`] by the name it has in asyncio.
pub const ALL_COMPLETED: ReturnWhen = ReturnWhen::AllCompleted;

/// Waits for tasks and gives them back, the ones that are done and the ones that are not:
/// `asyncio.wait`.
///
/// [`return_when`](Wait::return_when) says how many to wait for, all of them if it is not called, and
/// [`timeout`](Wait::timeout) how long. The result is `(done, pending)`; either keeps the order of the
/// argument. Await a task of `done` to get its value, at once; the same again with those of `pending`
/// goes on waiting.
///
/// All tasks that are done when the wait returns are in `done`, which may be more than it waited for.
/// As in asyncio it lets every other task that is ready run once before it returns, even if all tasks
/// are done already. A task that is done at the very moment of the timeout is in `done` or `pending`
/// depending on which began to wait for that moment first; what waits in the main future itself, and
/// not in a task, has its turn before the tasks, so there it is in `pending`.
///
/// # Cancellation
///
/// A wait cancels no task, neither on time-out nor when it is dropped: its tasks are dropped with it
/// then, which detaches them, and they run on.
///
/// # Panics
///
/// If there is no task to wait for, as it is a `ValueError` in asyncio; when polled outside of a Tokio
/// runtime, if it has a timeout. Panics of the tasks are left to whoever awaits those.
///
/// # Examples
///
/// ```
/// use asyncio::{FIRST_COMPLETED, create_task, sleep, wait};
///
/// #[asyncio::main]
/// async fn main() {
///     let tasks = [60.0, 0.01].map(|delay| {
///         create_task(async move {
///             sleep(delay).await;
///             delay
///         })
///     });
///     let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
///     for task in done {
///         assert_eq!(task.await, Ok(0.01));
///     }
///     pending[0].cancel();
///     let (done, pending) = wait(pending).timeout(60).await;
///     assert!(done[0].cancelled());
///     assert!(pending.is_empty());
/// }
/// ```
#[track_caller]
pub fn wait<T>(tasks: impl IntoIterator<Item = Task<T>>) -> Wait<T> {
    let tasks: Vec<_> = tasks.into_iter().collect();
    assert!(!tasks.is_empty(), "`wait` needs at least one task");
    let mut tree = Tree::new(tasks.len());
    for index in 0..tasks.len() {
        tree.mark(index);
    }
    Wait {
        seen: Seen::none_of(tasks.len()),
        left: tasks.len(),
        tasks,
        tree,
        return_when: ReturnWhen::default(),
        timeout: None,
        state: State::New,
        timer: None,
        node: NodeSlot::new(),
        place: Location::caller(),
    }
}

pin_project! {
    /// The future of [`wait`].
    #[must_use = "`wait` does nothing until you `.await` it"]
    pub struct Wait<T> {
        tasks: Vec<Task<T>>,
        // Which tasks have been seen to be done, and how many have not.
        seen: Seen,
        left: usize,
        tree: Tree,
        return_when: ReturnWhen,
        timeout: Option<Duration>,
        state: State,
        timer: Option<Timer>,
        node: NodeSlot,
        place: &'static Location<'static>,
    }
}

/// A bit for each of the tasks; those of few need no memory.
#[derive(Debug)]
struct Seen {
    first: u64,
    rest: Vec<u64>,
}

impl Seen {
    fn none_of(count: usize) -> Self {
        Seen {
            first: 0,
            rest: vec![0; count.saturating_sub(1) / 64],
        }
    }

    /// The bits among which that of a task is, and its own.
    #[inline]
    fn bit(&mut self, index: usize) -> (&mut u64, u64) {
        let bits = match index / 64 {
            0 => &mut self.first,
            place => &mut self.rest[place - 1],
        };
        (bits, 1 << (index % 64))
    }
}

/// How far a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not polled.
    New,
    /// The other tasks have been given their turn; now it looks at those it waits for.
    Waiting,
    /// The tasks have been handed out.
    Done,
}

impl<T> Wait<T> {
    /// What to wait for.
    pub fn return_when(mut self, return_when: ReturnWhen) -> Self {
        self.return_when = return_when;
        self
    }

    /// How long to wait at most, counted from the first poll: a [`Duration`] or a number of seconds.
    /// With zero or less, every other task that is ready runs once.
    ///
    /// # Panics
    ///
    /// If the duration is NaN.
    #[track_caller]
    pub fn timeout(mut self, limit: impl IntoDuration) -> Self {
        self.timeout = Some(limit.into_duration());
        self
    }

    /// Starts the clock, and lets the other tasks run.
    fn begin(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        *this.state = State::Waiting;
        if let Some(limit) = this.timeout.filter(|limit| !limit.is_zero()) {
            let timer = this.timer.insert(Timer::after(limit));
            // Now, not after the turn: it is before the timers of tasks that start in that turn.
            let _ = graph::timer_beside(timer, cx);
        }
        cx.waker().wake_by_ref();
    }

    /// Looks at the tasks that have been woken. Whether the wait is over.
    fn poll_tasks(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let this = self.project();
        let (tasks, seen, left) = (this.tasks, this.seen, this.left);
        let mut failed = false;
        let pass = if this.tree.has_marked() {
            // Those that are not done need not know of this.
            let one_is_enough = *this.return_when == ReturnWhen::FirstCompleted;
            if one_is_enough && !watch::is_any() && tasks.iter().any(Task::done) {
                return true;
            }
            Pass::Marked
        } else {
            Pass::Woken
        };
        let (node, watched) = (this.node, graph::is_on());
        let _ = this.tree.poll(cx.waker(), pass, &mut |index, cx| {
            // A stale waker may have woken a place that there is no task for.
            let Some(task) = tasks.get_mut(index) else {
                return ControlFlow::Continue(());
            };
            let (bits, bit) = seen.bit(index);
            let mut poll =
                || poll_branch(watched, node, index, cx.waker(), |cx| task.poll_done(cx));
            if *bits & bit == 0 && poll().is_ready() {
                *bits |= bit;
                *left -= 1;
                failed |= task.failed();
            }
            ControlFlow::<Infallible>::Continue(())
        });
        match this.return_when {
            ReturnWhen::FirstCompleted => *left < tasks.len(),
            ReturnWhen::FirstException => *left == 0 || failed,
            ReturnWhen::AllCompleted => *left == 0,
        }
    }

    /// For introspection: whoever polls this waits for the tasks.
    #[cold]
    fn note_wait(self: Pin<&mut Self>) {
        let this = self.project();
        this.node.wait(Suspended {
            name: "wait",
            place: Some(this.place),
            total: Some(this.tasks.len()),
            ..Suspended::default()
        });
    }

    /// Whether the time is up.
    fn poll_timer(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let this = self.project();
        match this.timer {
            Some(timer) => graph::timer_beside(timer, cx).is_ready(),
            None => this.timeout.is_some(),
        }
    }
}

impl<T> Future for Wait<T> {
    type Output = (Vec<Task<T>>, Vec<Task<T>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.state {
            State::New => {
                self.begin(cx);
                return Poll::Pending;
            }
            State::Waiting => {}
            State::Done => panic!("a wait was polled again after it was done"),
        }
        if !self.as_mut().poll_tasks(cx) && !self.as_mut().poll_timer(cx) {
            if graph::is_on() {
                self.note_wait();
            }
            return Poll::Pending;
        }
        let this = self.project();
        *this.state = State::Done;
        Poll::Ready(divide(std::mem::take(this.tasks)))
    }
}

/// Those that are done, and those that are not, with no more memory than it takes.
fn divide<T>(mut tasks: Vec<Task<T>>) -> (Vec<Task<T>>, Vec<Task<T>>) {
    if tasks.iter().all(Task::done) {
        return (tasks, Vec::new());
    }
    let done = tasks.extract_if(.., |task| task.done()).collect();
    (done, tasks)
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("state", &self.state)
            .field("tasks", &self.tasks)
            .field("return_when", &self.return_when)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
