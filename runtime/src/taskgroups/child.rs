//! One child of a group.

use super::exception_group::Origin;
use super::group_task::ChildCell;
use crate::CancelledError;
use crate::contextvars::InContext;
use crate::memory::Counted;
use crate::scope::Scope;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

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
                ChildCell::finish(this.project().cell, Err(CancelledError::new()));
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
        *this.finished = true;
        ChildCell::finish(this.cell, value);
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
                ChildCell::finish(&this.cell, Err(cancelled));
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
        ChildCell::finish(&this.cell, value);
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
        ChildCell::finish(&self.cell, Err(CancelledError::new()));
        self.task.handle().cancel_once();
    }
}

/// For children that cannot fail.
pub(super) fn infallible<T, E>(value: T) -> Result<T, E> {
    Ok(value)
}
