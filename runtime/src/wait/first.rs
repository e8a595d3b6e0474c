//! The value form of `wait_first!`: tasks, until the first is done.

use super::AnyTask;
use super::again::Again;
use super::set::Set;
use crate::events::Timer;
use crate::graph::{self, Around};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What a `wait_first!` left pending, in the form that the caller has it in. The macro implements it.
pub trait Remaining: Sized {
    /// The tasks.
    type Set: Set<Self::How>;
    /// How their outcomes are read.
    type How;
    /// The outcomes, in the form that the caller gets them in.
    type Done;

    /// The tasks of this.
    fn split(self) -> Self::Set;
    /// The tasks in the caller's form.
    fn join(set: Self::Set) -> Self;
    /// The outcomes in the caller's form.
    fn done(done: <Self::Set as Set<Self::How>>::Done) -> Self::Done;
}

/// The type of `hows`, as a value that is none.
pub fn how<H>(_: H) -> PhantomData<fn() -> H> {
    PhantomData
}

/// A time limit, which begins when the first poll finds nothing done.
enum Limit {
    None,
    NotBegun(Duration),
    /// A limit of zero lasts for one turn of the event loop, in which tasks that are ready run.
    OneTurn,
    Running(Timer),
}

impl Limit {
    fn new(limit: Option<Duration>) -> Self {
        limit.map_or(Limit::None, Limit::NotBegun)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Limit::NotBegun(length) = *self {
            if length.is_zero() {
                *self = Limit::OneTurn;
                cx.waker().wake_by_ref();
                if graph::is_on() {
                    graph::wait(graph::Entry::Turn);
                }
                return Poll::Pending;
            }
            *self = Limit::Running(Timer::after(length));
        }
        match self {
            Limit::None | Limit::NotBegun(_) => Poll::Pending,
            Limit::OneTurn => Poll::Ready(()),
            Limit::Running(timer) => graph::timer_beside(timer, cx),
        }
    }
}

pin_project! {
    /// The future of `wait_first!` for tasks: the outcomes of those that are done, and those that are
    /// pending.
    ///
    /// # Cancellation
    ///
    /// Dropping it leaves the tasks running: those that it owns are detached.
    #[must_use = "`wait_first!` does nothing until you `.await` it"]
    pub struct WaitFirst<P: Remaining> {
        set: Option<P::Set>,
        again: Again,
        limit: Limit,
        around: Around,
    }
}

/// Waits until the first task of `pending` is done, or the limit is over.
///
/// # Panics
///
/// If no task is left.
#[track_caller]
pub fn wait_first<P: Remaining>(pending: P, limit: Option<Duration>) -> WaitFirst<P> {
    let set = pending.split();
    assert!(
        !set.is_empty(),
        "`wait_first!` has nothing to wait for: every task is done already"
    );
    WaitFirst {
        set: Some(set),
        again: Again::default(),
        limit: Limit::new(limit),
        around: Around::new("wait_first!"),
    }
}

impl<P: Remaining> Future for WaitFirst<P> {
    type Output = (P::Done, P);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let set = this.set.as_mut();
        let set = set.expect("`wait_first!` was polled again after it was done");
        let mut done = P::Set::none();
        let (again, limit) = (this.again, this.limit);
        ready!(this.around.poll(cx, |cx| {
            if set.poll(cx, again.is(cx.waker()), &mut done) {
                return Poll::Ready(());
            }
            again.set(cx.waker());
            limit.poll(cx)
        }));
        let pending = this.set.take().map(P::join);
        Poll::Ready((P::done(done), pending.expect("it was there just now")))
    }
}

pin_project! {
    /// The future of what a `wait_first!` left pending: all outcomes.
    ///
    /// # Cancellation
    ///
    /// Dropping it leaves the tasks running: those that it owns are detached.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Rest<P: Remaining> {
        set: P::Set,
        again: Again,
        done: <P::Set as Set<P::How>>::Done,
        around: Around,
    }
}

/// Waits for all of `pending`.
#[track_caller]
pub fn rest<P: Remaining>(pending: P) -> Rest<P> {
    Rest {
        set: pending.split(),
        again: Again::default(),
        done: P::Set::none(),
        around: Around::new("what `wait_first!` left pending"),
    }
}

impl<P: Remaining> Future for Rest<P> {
    type Output = P::Done;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (set, again, done) = (this.set, this.again, &mut *this.done);
        ready!(this.around.poll(cx, |cx| {
            set.poll(cx, again.is(cx.waker()), done);
            if set.is_empty() {
                return Poll::Ready(());
            }
            again.set(cx.waker());
            Poll::Pending
        }));
        Poll::Ready(P::done(mem::replace(this.done, P::Set::none())))
    }
}

/// The future of `wait_first!(..tasks)`: the tasks that are done and those that are pending, each in the
/// order that they came in.
///
/// # Cancellation
///
/// Dropping it leaves the tasks running: those that it owns are detached.
#[must_use = "`wait_first!` does nothing until you `.await` it"]
pub struct WaitFirstOf<T> {
    tasks: Vec<T>,
    again: Again,
    limit: Limit,
    around: Around,
}

/// Waits until the first of `tasks` is done, or the limit is over.
///
/// # Panics
///
/// If there is no task.
#[track_caller]
pub(crate) fn wait_first_of<T: AnyTask>(
    tasks: impl IntoIterator<Item = T>,
    limit: Option<Duration>,
) -> WaitFirstOf<T> {
    let tasks: Vec<T> = tasks.into_iter().collect();
    assert!(
        !tasks.is_empty(),
        "`wait_first!` has nothing to wait for: there is no task"
    );
    WaitFirstOf {
        tasks,
        again: Again::default(),
        limit: Limit::new(limit),
        around: Around::new("wait_first!"),
    }
}

impl<T: AnyTask> Future for WaitFirstOf<T> {
    type Output = (Vec<T>, Vec<T>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(
            !this.tasks.is_empty(),
            "`wait_first!` was polled again after it was done"
        );
        let (tasks, again, limit) = (&mut this.tasks, &mut this.again, &mut this.limit);
        let is_done: Vec<bool> = ready!(this.around.poll(cx, |cx| {
            let is_again = again.is(cx.waker());
            let is_done: Vec<bool> = tasks
                .iter_mut()
                .map(|task| task.has_news(cx.waker(), is_again) && task.poll_done(cx).is_ready())
                .collect();
            if !is_done.contains(&true) {
                again.set(cx.waker());
                ready!(limit.poll(cx));
            }
            Poll::Ready(is_done)
        }));
        let (mut done, mut pending) = (Vec::new(), Vec::new());
        for (task, is_done) in mem::take(&mut this.tasks).into_iter().zip(is_done) {
            if is_done { &mut done } else { &mut pending }.push(task);
        }
        Poll::Ready((done, pending))
    }
}

// No task is pinned where it is.
impl<T> Unpin for WaitFirstOf<T> {}

impl<P: Remaining> fmt::Debug for WaitFirst<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFirst").finish_non_exhaustive()
    }
}

impl<P: Remaining> fmt::Debug for Rest<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for WaitFirstOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFirst")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}
