//! One child of a group.

use super::children::number_of;
use super::exception_group::Origin;
use crate::CancelledError;
use crate::brief_lock::{Brief, BriefLock};
use crate::contextvars::InContext;
use crate::graph::{self, own_clone};
use crate::memory::Counted;
use crate::scope::Scope;
use crate::wakes::Wakes;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker, ready};

/// What a child of a task group may give: `()`, or a `Result` with the error of the group.
#[diagnostic::on_unimplemented(
    message = "a child of this task group gives `{Self}`",
    label = "neither `()` nor a `Result` with the error of the group, `{E}`",
    note = "for a child that cannot fail: `tg.create_value(..)`",
    note = "for one with another error: `tg.create_task(async {{ Ok(child.await?) }})`"
)]
pub trait ChildOutput<E> {
    /// What awaiting the child gives.
    type Value;

    /// The value, or the error for the group.
    ///
    /// # Errors
    ///
    /// With the child's error.
    fn split(self) -> Result<Self::Value, E>;
}

#[diagnostic::do_not_recommend]
impl<E> ChildOutput<E> for () {
    type Value = ();

    fn split(self) -> Result<(), E> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> ChildOutput<E> for Result<T, E> {
    type Value = T;

    fn split(self) -> Result<T, E> {
        self
    }
}

/// `!`, which has no name on stable Rust but this: what a child gives that runs forever.
type Never = <fn() -> ! as Returns>::Output;

#[doc(hidden)]
pub trait Returns {
    /// The type.
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

#[diagnostic::do_not_recommend]
impl<E> ChildOutput<E> for Never {
    type Value = Never;

    fn split(self) -> Result<Never, E> {
        self
    }
}

/// A child of a task group, as a future of its value: what `tg.create_task` gives.
///
/// Awaiting it gives the value, or [`CancelledError`] where the child was cancelled or failed: its
/// error is the group's then. Dropping it changes nothing: the group awaits the child.
///
/// # Panics
///
/// Polled after it gave its value. A panic of the child resumes in whoever awaits the group.
pub struct GroupTask<T> {
    cell: Counted<ChildCell<T>>,
    wakes: Arc<Wakes>,
    key: u64,
    /// Of [`TaskGroup::spawn`](crate::TaskGroup::spawn).
    #[cfg(feature = "tokio")]
    pub(super) task: Option<crate::TaskHandle>,
}

/// What a child and its [`GroupTask`] share.
pub(super) struct ChildCell<T> {
    /// Requests to cancel this child alone.
    pub(super) cancels: AtomicU32,
    /// Where it was added to the group.
    place: &'static Location<'static>,
    state: BriefLock<CellState<T>>,
}

struct CellState<T> {
    name: Option<Arc<str>>,
    value: Option<Result<T, CancelledError>>,
    done: bool,
    cancelled: bool,
    joiner: Option<Waker>,
}

impl<T> ChildCell<T> {
    /// For the child, and for its [`GroupTask`].
    #[track_caller]
    #[inline(always)]
    pub(super) fn pair() -> (Counted<Self>, Counted<Self>) {
        let place = Location::caller();
        Counted::pair(|| ChildCell {
            cancels: AtomicU32::new(0),
            place,
            state: BriefLock::new(CellState {
                name: None,
                value: None,
                done: false,
                cancelled: false,
                joiner: None,
            }),
        })
    }

    fn lock(&self) -> Brief<'_, CellState<T>> {
        self.state.lock()
    }

    fn origin(&self) -> Origin {
        Origin::Child {
            name: self.lock().name.clone(),
            place: self.place,
        }
    }

    pub(super) fn finish(&self, value: Result<T, CancelledError>) {
        let mut state = self.lock();
        if state.done {
            return;
        }
        state.cancelled = value.is_err();
        state.value = Some(value);
        state.done = true;
        let joiner = state.joiner.take();
        drop(state);
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }
}

impl<T> GroupTask<T> {
    pub(super) fn new(cell: Counted<ChildCell<T>>, wakes: Arc<Wakes>, key: u64) -> Self {
        GroupTask {
            cell,
            wakes,
            key,
            #[cfg(feature = "tokio")]
            task: None,
        }
    }

    /// Names the child: `create_task(.., name="x")`. The name is in the [`Origin`](crate::Origin) of its
    /// error and in call graphs.
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        let name = name.into();
        #[cfg(feature = "tokio")]
        if let Some(task) = &self.task {
            task.set_name(Arc::clone(&name));
        }
        let old = self.cell.lock().name.replace(name);
        drop(old);
    }

    /// The name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.lock().name.clone()
    }

    /// Cancels this child alone; its cleanup runs, and the group goes on. False if it is done.
    pub fn cancel(&self) -> bool {
        if self.done() {
            return false;
        }
        self.cell.cancels.fetch_add(1, Ordering::Release);
        self.wakes.wake(number_of(self.key));
        true
    }

    /// Whether it is done.
    pub fn done(&self) -> bool {
        self.cell.lock().done
    }

    /// Whether it was cancelled, or failed.
    pub fn cancelled(&self) -> bool {
        self.cell.lock().cancelled
    }
}

impl<T> Unpin for GroupTask<T> {}

impl<T> Future for GroupTask<T> {
    type Output = Result<T, CancelledError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.cell.lock();
        if let Some(value) = state.value.take() {
            return Poll::Ready(value);
        }
        assert!(
            !state.done,
            "child of a task group polled after it gave its value"
        );
        let old = match &state.joiner {
            Some(joiner) if joiner.will_wake(cx.waker()) => None,
            _ => state.joiner.replace(own_clone(cx.waker())),
        };
        drop(state);
        drop(old);
        if graph::is_on() {
            graph::wait(graph::Entry::Child(self.wakes.address()));
        }
        Poll::Pending
    }
}

impl<T> fmt::Debug for GroupTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupTask")
            .field("done", &self.done())
            .finish()
    }
}

/// A child as the group sees it.
pub(super) trait Child<E> {
    /// `Ready` once it is done, cleanup and all.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>>;
    /// Drops its future; it is polled on until its cleanup is done.
    fn cancel(self: Pin<&mut Self>);
    /// What the group says of it if it fails.
    fn origin(self: Pin<&mut Self>) -> Origin;
}

pin_project! {
    /// A child that runs in place.
    pub(super) struct InPlace<F: Future, T, S> {
        #[pin]
        scope: Scope<InContext<F>>,
        cell: Counted<ChildCell<T>>,
        split: S,
        cancels: u32,
        finished: bool,
    }

    impl<F: Future, T, S> PinnedDrop for InPlace<F, T, S> {
        fn drop(this: Pin<&mut Self>) {
            if !this.finished {
                this.project().cell.finish(Err(CancelledError::new()));
            }
        }
    }
}

impl<F: Future, T, S> InPlace<F, T, S> {
    #[inline(always)]
    pub(super) fn new(future: F, cell: Counted<ChildCell<T>>, split: S) -> Self {
        InPlace {
            scope: Scope::new(InContext::inherit(future)),
            cell,
            split,
            cancels: 0,
            finished: false,
        }
    }
}

impl<F, T, E, S> Child<E> for InPlace<F, T, S>
where
    F: Future,
    S: FnMut(F::Output) -> Result<T, E>,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let mut this = self.as_mut().project();
        let requested = this.cell.cancels.load(Ordering::Acquire);
        if requested != *this.cancels {
            let first = std::mem::replace(this.cancels, requested) == 0;
            if this.scope.as_mut().is_running() {
                this.scope.cancel();
            } else if !first {
                this.scope.interrupt();
            }
        }
        let this = self.project();
        let value = ready!(this.scope.poll(cx));
        let (value, result) = match value.map(this.split) {
            Some(Ok(value)) => (Ok(value), Ok(())),
            Some(Err(error)) => (
                Err(CancelledError::with_message("the child failed")),
                Err(error),
            ),
            None => (Err(CancelledError::new()), Ok(())),
        };
        this.cell.finish(value);
        *this.finished = true;
        Poll::Ready(result)
    }

    fn cancel(self: Pin<&mut Self>) {
        self.project().scope.cancel();
    }

    fn origin(self: Pin<&mut Self>) -> Origin {
        self.project().cell.origin()
    }
}

/// A child on another thread: a task of its own.
#[cfg(feature = "tokio")]
pub(super) struct Spawned<T, O, S> {
    task: crate::Task<O>,
    cell: Counted<ChildCell<T>>,
    split: S,
    cancels: u32,
}

#[cfg(feature = "tokio")]
impl<T, O, S> Spawned<T, O, S> {
    pub(super) fn new(task: crate::Task<O>, cell: Counted<ChildCell<T>>, split: S) -> Self {
        Spawned {
            task,
            cell,
            split,
            cancels: 0,
        }
    }
}

#[cfg(feature = "tokio")]
impl<T, O, S> Unpin for Spawned<T, O, S> {}

#[cfg(feature = "tokio")]
impl<T, O, E, S> Child<E> for Spawned<T, O, S>
where
    S: FnMut(O) -> Result<T, E>,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let this = &mut *self;
        let requested = this.cell.cancels.load(Ordering::Acquire);
        for _ in std::mem::replace(&mut this.cancels, requested)..requested {
            this.task.cancel();
        }
        let value = match ready!(Pin::new(&mut this.task).poll(cx)) {
            Ok(output) => (this.split)(output),
            Err(cancelled) => {
                this.cell.finish(Err(cancelled));
                return Poll::Ready(Ok(()));
            }
        };
        let (value, result) = match value {
            Ok(value) => (Ok(value), Ok(())),
            Err(error) => (
                Err(CancelledError::with_message("the child failed")),
                Err(error),
            ),
        };
        this.cell.finish(value);
        Poll::Ready(result)
    }

    fn cancel(self: Pin<&mut Self>) {
        self.task.handle().cancel_once();
    }

    fn origin(self: Pin<&mut Self>) -> Origin {
        self.cell.origin()
    }
}

#[cfg(feature = "tokio")]
impl<T, O, S> Drop for Spawned<T, O, S> {
    /// A group that is dropped cannot await it, but it does not outlive the group's interest either.
    fn drop(&mut self) {
        self.task.handle().cancel_once();
        self.cell.finish(Err(CancelledError::new()));
    }
}

/// What awaiting a child that was never started gives.
#[track_caller]
pub(super) fn refused<T>(why: &'static str, wakes: Arc<Wakes>) -> GroupTask<T> {
    let (cell, _) = ChildCell::pair();
    cell.finish(Err(CancelledError::with_message(why)));
    GroupTask::new(cell, wakes, super::group::CONTROL)
}

/// For children that cannot fail.
pub(super) fn infallible<T, E>(value: T) -> Result<T, E> {
    Ok(value)
}
