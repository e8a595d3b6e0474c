//! How tasks are made.

use super::Task;
use super::header::Header;
use super::root::Root;
use super::slot::Slot;
use super::{console, current};
use crate::{Context, LoopHandle, contextvars, events};
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use tokio::runtime::Handle;

/// Settings of a task to be made: see [`Task::builder`].
#[derive(Debug, Default)]
#[must_use = "a task is made by `spawn` or `spawn_local`"]
pub struct TaskBuilder {
    name: Option<Arc<str>>,
    eager: bool,
    context: Option<Context>,
}

/// Runs a future as a task, beside its maker: `asyncio.create_task`.
///
/// The task starts when its maker next suspends, not inside of this call, and runs whether or not it is
/// awaited. It goes to the running Tokio runtime, whichever flavour; on the event loop of
/// [`run`](crate::run) to that. Futures that are not `Send`: [`create_local_task`]. Futures that
/// borrow: [`gather!`](crate::gather!) and task groups run them in place.
///
/// # Panics
///
/// Without a running event loop, as Python raises `RuntimeError: no running event loop`.
///
/// # Examples
///
/// See [`Task`].
#[track_caller]
pub fn create_task<F>(future: F) -> Task<F::Output>
where
    F: IntoFuture,
    // rustc quotes these two lines under the errors that they cause.
    F::IntoFuture: Send,    // one that is not: `create_local_task(..)`
    F::IntoFuture: 'static, // one that borrows: `task_group!(|tg| { .. })`, or `async move`
    F::Output: Send + 'static,
{
    TaskBuilder::new().spawn(future)
}

/// [`create_task`] for a future that is not `Send`: it stays on this thread.
///
/// # Panics
///
/// Outside of the single-threaded event loop of [`run`](crate::run) and
/// [`#[asyncio::main]`](macro@crate::main), and of a Tokio `LocalSet` or `LocalRuntime` (there it is
/// Tokio's panic of `spawn_local`): elsewhere no task stays on its thread.
///
/// # Examples
///
/// ```
/// use std::{cell::Cell, rc::Rc};
///
/// #[asyncio::main]
/// async fn main() {
///     let count = Rc::new(Cell::new(0));
///     let task = asyncio::create_local_task({
///         let count = count.clone();
///         async move { count.set(count.get() + 1) }
///     });
///     task.await.unwrap();
///     assert_eq!(count.get(), 1);
/// }
/// ```
#[track_caller]
pub fn create_local_task<F>(future: F) -> Task<F::Output>
where
    F: IntoFuture,
    F::IntoFuture: 'static,
    F::Output: 'static,
{
    TaskBuilder::new().spawn_local(future)
}

impl TaskBuilder {
    pub(crate) const fn new() -> Self {
        TaskBuilder {
            name: None,
            eager: false,
            context: None,
        }
    }

    /// Names the task: `create_task(.., name="x")`.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Runs the future up to its first suspension inside of `spawn`: `eager_start=True`.
    ///
    /// A future that never suspends is done when `spawn` returns.
    pub const fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// Runs the task in this context, not in a copy of the one here: `create_task(.., context=..)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{Context, ContextVar, Task};
    ///
    /// static STEP: ContextVar<u32> = ContextVar::new("step");
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let context = Context::new();
    ///     let task = Task::builder().context(context.clone()).spawn(async {
    ///         STEP.set(3);
    ///     });
    ///     task.await.unwrap();
    ///     assert_eq!(context.get(&STEP), Some(3));
    /// }
    /// ```
    pub fn context(mut self, context: Context) -> Self {
        self.context = Some(context);
        self
    }

    /// As [`create_task`].
    ///
    /// # Panics
    ///
    /// Without a running event loop.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Task<F::Output>
    where
        F: IntoFuture,
        F::IntoFuture: Send,    // one that is not: `spawn_local(..)`
        F::IntoFuture: 'static, // one that borrows: `task_group!(|tg| { .. })`, or `async move`
        F::Output: Send + 'static,
    {
        let runtime = running();
        let on_loop = events::on_local_loop();
        let (task, root) = self.make(future.into_future(), &runtime, on_loop);
        if !self.eager && !on_loop {
            console::spawn(&runtime, &task.header, root); // the one path without a box of ours
            return task;
        }
        let mut root = Box::pin(root);
        if self.eager && poll_eagerly(root.as_mut()) {
            return task;
        }
        if on_loop {
            events::spawn(console::shown_box(&task.header, root));
        } else {
            console::spawn(&runtime, &task.header, root);
        }
        task
    }

    /// As [`spawn`](Self::spawn), on a loop that need not be the one that runs this:
    /// `loop.create_task`. It is never eager.
    #[track_caller]
    pub fn spawn_on<F>(self, event_loop: &LoopHandle, future: F) -> Task<F::Output>
    where
        F: IntoFuture,
        F::IntoFuture: Send + 'static,
        F::Output: Send + 'static,
    {
        let future = future.into_future();
        let (task, root) = self.make(future, event_loop.runtime(), event_loop.is_local());
        if event_loop.is_local() {
            event_loop.spawn_future(Box::pin(console::shown(&task.header, root)));
        } else {
            console::spawn(event_loop.runtime(), &task.header, root);
        }
        task
    }

    /// As [`create_local_task`].
    ///
    /// # Panics
    ///
    /// Where no task stays on its thread.
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> Task<F::Output>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: 'static,
    {
        let runtime = running();
        let (task, root) = self.make(future.into_future(), &runtime, true);
        let mut root = Box::pin(root);
        if self.eager && poll_eagerly(root.as_mut()) {
            return task;
        }
        if events::on_local_loop() {
            events::spawn(console::shown_box(&task.header, root));
        } else {
            console::spawn_local(&task.header, root);
        }
        task
    }

    #[track_caller]
    fn make<F: Future>(
        &self,
        future: F,
        runtime: &Handle,
        pinned: bool,
    ) -> (Task<F::Output>, Root<F>) {
        let context = self.context.clone().or_else(contextvars::inherit);
        let header = Arc::new(Header::new(
            self.name.clone(),
            Location::caller(),
            Some(runtime.id()),
            current::deadline(),
            context,
        ));
        let slot = Arc::new(Slot::new());
        let root = Root::new(future, Arc::clone(&header), Arc::clone(&slot), pinned);
        (Task { header, slot }, root)
    }
}

#[track_caller]
fn running() -> Handle {
    match Handle::try_current() {
        Ok(handle) => handle,
        Err(_) => panic!(
            "no running event loop: create tasks inside of `asyncio::run`, `#[asyncio::main]` or a Tokio runtime"
        ),
    }
}

/// Polls a task for the first time; true if it is done. The executor polls it again in any case, so
/// no wake-up is lost.
fn poll_eagerly<F: Future>(root: Pin<&mut Root<F>>) -> bool {
    // Not part of the scope that is at work here: it may go to another thread afterwards.
    crate::scope::outside(|| root.poll_eagerly(&mut std::task::Context::from_waker(Waker::noop())))
        .is_ready()
}

/// The task that `run` runs in place.
pub(crate) fn main_task<F: Future>(
    future: F,
    runtime: &Handle,
    location: &'static Location<'static>,
    pinned: bool,
    context: Option<Context>,
) -> (Task<F::Output>, impl Future<Output = ()>) {
    let header = Arc::new(Header::new(
        None,
        location,
        Some(runtime.id()),
        None,
        context,
    ));
    let slot = Arc::new(Slot::new());
    let root = Root::new(future, Arc::clone(&header), Arc::clone(&slot), pinned);
    let root = console::shown(&header, root);
    (Task { header, slot }, root)
}
