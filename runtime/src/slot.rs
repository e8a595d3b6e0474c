//! The place of a future first, of what it gave afterwards.

use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future, or its value.
    #[project = SlotProjection]
    #[project_replace = SlotOwned]
    pub(crate) enum Slot<F, T> {
        /// Not finished.
        Running { #[pin] future: F },
        /// Finished; its value waits for those of the others.
        Finished { item: T },
        /// The value is handed out, or the branch has failed or was dropped.
        Empty,
    }
}

impl<F, T> Slot<F, T> {
    #[inline]
    pub(crate) const fn new(future: F) -> Self {
        Slot::Running { future }
    }

    /// Whether the branch is not finished.
    // By a projection: a reference to all of it is not to be had while the future may refer to itself.
    #[inline]
    pub(crate) fn is_running(self: Pin<&mut Self>) -> bool {
        matches!(self.project(), SlotProjection::Running { .. })
    }

    /// Whether there is nothing left of the branch.
    pub(crate) fn is_empty(self: Pin<&mut Self>) -> bool {
        matches!(self.project(), SlotProjection::Empty)
    }

    /// Hands out the value of a finished branch.
    #[inline]
    pub(crate) fn take(self: Pin<&mut Self>) -> T {
        match self.project_replace(Slot::Empty) {
            SlotOwned::Finished { item } => item,
            _ => unreachable!("a branch without a value was asked for it"),
        }
    }

    /// Drops the future, and keeps what it gave.
    #[inline]
    pub(crate) fn finish(mut self: Pin<&mut Self>, item: T) {
        self.set(Slot::Finished { item });
    }

    /// Drops the future, or the value.
    pub(crate) fn clear(mut self: Pin<&mut Self>) {
        self.set(Slot::Empty);
    }
}

impl<F: Future, T> Slot<F, T> {
    /// Polls the branch; when it finishes, drops its future and keeps its value.
    #[inline]
    pub(crate) fn poll<E>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        split: impl FnOnce(F::Output) -> Result<T, E>,
    ) -> Poll<Result<(), E>> {
        let SlotProjection::Running { future } = self.as_mut().project() else {
            unreachable!("a finished branch was polled");
        };
        let Poll::Ready(output) = future.poll(cx) else {
            return Poll::Pending;
        };
        match split(output) {
            Ok(item) => {
                self.finish(item);
                Poll::Ready(Ok(()))
            }
            Err(error) => {
                self.set(Slot::Empty);
                Poll::Ready(Err(error))
            }
        }
    }
}
