//! Ways to await a task besides awaiting it: tied to whoever awaits it, and without taking its outcome.

use super::{Task, TaskHandle};
use crate::CancelledError;
use crate::graph;
use crate::scope::finally_at;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;

impl<T> Task<T> {
    /// Ties the task to whoever awaits it, as `await task` does in Python: cancelling the one cancels the
    /// other first.
    ///
    /// Awaiting gives what awaiting the task gives. Dropping the future before it is ready cancels the task, and
    /// the scope in which it is dropped (see [`finally`](crate::finally)) is not done before the task is,
    /// cleanup and all. A second cancellation while that lasts interrupts the task's cleanup, too.
    ///
    /// Without this a task is left alone by those who stop awaiting it: they may not be the only ones.
    ///
    /// # Panics
    ///
    /// Awaiting: as awaiting a [`Task`].
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{create_task, sleep, timeout};
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let task = create_task(sleep(3600));
    ///     let handle = task.handle();
    ///     assert!(timeout(0.01, task.cancel_on_drop()).await.is_err());
    ///     assert!(handle.cancelled());
    /// }
    /// ```
    #[track_caller]
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop {
            task: self,
            place: Location::caller(),
        }
    }

    /// Waits for the task without taking its outcome: gives the task itself, done.
    ///
    /// Python's `async for task in asyncio.as_completed(tasks)` is this, with
    /// [`as_completed`](crate::as_completed()).
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops the task, which detaches it.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{Task, as_completed, sleep};
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let named = |name, delay| Task::builder().name(name).spawn(sleep(delay));
    ///     let tasks = [named("slow", 0.02), named("fast", 0.01)];
    ///     let mut finished = as_completed(tasks.map(Task::finished));
    ///     let first = finished.next().await.unwrap();
    ///     assert_eq!(&*first.name(), "fast");
    ///     assert_eq!(first.await, Ok(()));
    /// }
    /// ```
    pub fn finished(self) -> TaskFinished<T> {
        TaskFinished { task: Some(self) }
    }
}

/// The future of [`Task::cancel_on_drop`].
#[must_use = "dropping it cancels the task: await it"]
pub struct CancelOnDrop<T> {
    task: Task<T>,
    place: &'static Location<'static>,
}

impl<T> Future for CancelOnDrop<T> {
    type Output = Result<T, CancelledError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        let task = self.task.handle();
        // Outside of a runtime nobody can wait; nor is there anybody who would have to.
        if !task.cancel() || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (tell, told) = oneshot::channel();
        task.header.when_done(move || {
            let _nobody_waits = tell.send(());
        });
        let waits = UntilDone {
            told,
            task,
            waits: false,
        };
        drop(finally_at(waits, self.place));
    }
}

impl<T> fmt::Debug for CancelOnDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelOnDrop").field(&self.task).finish()
    }
}

pin_project! {
    /// Waits for the end of a task that was cancelled, and cancels it once more if that is interrupted.
    struct UntilDone {
        #[pin]
        told: oneshot::Receiver<()>,
        task: TaskHandle,
        // It was polled, and is not done.
        waits: bool,
    }

    impl PinnedDrop for UntilDone {
        fn drop(this: Pin<&mut Self>) {
            if this.waits {
                this.task.cancel();
            }
        }
    }
}

impl Future for UntilDone {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        *this.waits = this.told.poll(cx).is_pending();
        if !*this.waits {
            return Poll::Ready(());
        }
        if graph::is_on() {
            graph::wait_for_task(this.task.id());
        }
        Poll::Pending
    }
}

/// The future of [`Task::finished`].
#[must_use = "`finished` does nothing until you `.await` it"]
pub struct TaskFinished<T> {
    /// `None` once it was handed out.
    task: Option<Task<T>>,
}

impl<T> Future for TaskFinished<T> {
    type Output = Task<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Task<T>> {
        let task = self.task.as_mut().expect("future polled after it was done");
        ready!(task.poll_done(cx));
        Poll::Ready(self.task.take().expect("it was there just now"))
    }
}

impl<T> fmt::Debug for TaskFinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaskFinished").field(&self.task).finish()
    }
}
