//! How tasks are made.

use super::cell::TaskRef;
use super::header::{Given, Header};
use super::id::TaskId;
use super::root::{Anywhere, Carries, OneThread, Root, TaskBody};
use super::{Task, console, current};
use crate::events::{self, Here};
use crate::{Context, LoopHandle, contextvars};
use std::future::{Future, IntoFuture};
use std::panic::Location;
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
    match Here::find() {
        Some(here) if !console::SHOWS => spawn_plain(here, future.into_future()),
        Some(_) => TaskBuilder::new().spawn(future),
        None => spawn_elsewhere(future.into_future()),
    }
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
    match Here::find() {
        Some(here) if !console::SHOWS => spawn_plain(here, future.into_future()),
        _ => TaskBuilder::new().spawn_local(future),
    }
}

/// A task of a loop of ours without any settings.
#[track_caller]
#[inline(always)]
fn spawn_plain<F>(here: Here, future: F) -> Task<F::Output>
where
    F: Future + 'static,
{
    let task = here.spawn(plain_header(move || here.next_id()), move |header| {
        TaskBody::on_loop(future, header)
    });
    // SAFETY: its body gives such outcomes, and there is no other `Task`.
    #[allow(unsafe_code)]
    unsafe {
        Task::of(task)
    }
}

/// A task of Tokio's without any settings.
#[track_caller]
#[inline(always)]
fn spawn_elsewhere<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
{
    let runtime = running();
    let (task, root) =
        elsewhere::<_, Anywhere>(plain_header(TaskId::next), future, &runtime, false);
    console::spawn(&runtime, &task.header, root);
    task
}

/// Makes the header of a task without any settings.
#[track_caller]
#[inline(always)]
fn plain_header(id: impl FnOnce() -> TaskId) -> impl FnOnce() -> Header {
    let given = if current::has_limits() || contextvars::is_used() {
        Given::of(None, current::deadline(), contextvars::inherit())
    } else {
        Given::nothing()
    };
    let location = Location::caller();
    move || Header::with(id(), location, given)
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
        if let Some(here) = Here::find() {
            return self.spawn_here(here, future.into_future());
        }
        let runtime = running();
        let (task, mut root) = self.make::<_, Anywhere>(future.into_future(), &runtime, false);
        if !(self.eager && poll_eagerly(|cx| root.poll_eagerly(cx))) {
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
        if let Some(here) = Here::find().filter(|_| event_loop.is_here()) {
            return TaskBuilder {
                eager: false,
                ..self
            }
            .spawn_here(here, future);
        }
        let (runtime, is_local) = (event_loop.runtime(), event_loop.is_local());
        let (task, root) = self.make::<_, Anywhere>(future, runtime, is_local);
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
        if let Some(here) = Here::find() {
            return self.spawn_here(here, future.into_future());
        }
        let runtime = running();
        let (task, mut root) = self.make::<_, OneThread>(future.into_future(), &runtime, true);
        if !(self.eager && poll_eagerly(|cx| root.poll_eagerly(cx))) {
            console::spawn_local(&task.header, root);
        }
        task
    }

    /// On a loop of ours.
    #[track_caller]
    #[inline(always)]
    fn spawn_here<F>(self, here: Here, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        if console::SHOWS {
            return self.spawn_shown(future);
        }
        let eager = self.eager;
        let header = self.header(here.next_id());
        let header = move || header;
        let body = move |header: &Header| TaskBody::on_loop(future, header);
        let task = if eager {
            here.spawn_eagerly(header, body, |poll| {
                poll_eagerly(|cx| poll(cx));
            })
        } else {
            here.spawn(header, body)
        };
        // SAFETY: its body gives such outcomes, and there is no other `Task`.
        #[allow(unsafe_code)]
        unsafe {
            Task::of(task)
        }
    }

    /// The same, for tokio-console.
    #[track_caller]
    fn spawn_shown<F>(self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        let (task, mut root) = self.make::<_, OneThread>(future, &running(), true);
        if !(self.eager && poll_eagerly(|cx| root.poll_eagerly(cx))) {
            events::spawn(Box::pin(console::shown(&task.header, root)));
        }
        task
    }

    #[track_caller]
    #[inline(always)]
    fn header(self, id: TaskId) -> Header {
        let context = self.context.or_else(contextvars::inherit);
        Header::new(
            id,
            self.name,
            Location::caller(),
            current::deadline(),
            context,
        )
    }

    #[track_caller]
    fn make<F: Future, P: Carries<F>>(
        &self,
        future: F,
        runtime: &Handle,
        pinned: bool,
    ) -> (Task<F::Output>, Root<P>) {
        let settings = TaskBuilder {
            name: self.name.clone(),
            context: self.context.clone(),
            eager: self.eager,
        };
        let header = settings.header(TaskId::next());
        elsewhere(|| header, future, runtime, pinned)
    }
}

/// A task that Tokio polls, or whoever has the root.
#[inline]
pub(super) fn elsewhere<F: Future, P: Carries<F>>(
    header: impl FnOnce() -> Header,
    future: F,
    runtime: &Handle,
    pinned: bool,
) -> (Task<F::Output>, Root<P>) {
    let body = |header: &Header| TaskBody::elsewhere(future, header, pinned);
    let task = TaskRef::elsewhere(header, runtime.id(), body);
    // SAFETY: its body gives such outcomes. The root has the second reference until it has removed the task
    // from its list. Nobody else has a root or a `Task` of it. Where a `P` can be sent, the body can.
    #[allow(unsafe_code, clippy::multiple_unsafe_ops_per_block)]
    unsafe {
        task.enter_list();
        let root = Root::new(task.lend().into_counted());
        (Task::of(task), root)
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
fn poll_eagerly<R>(poll: impl FnOnce(&mut std::task::Context<'_>) -> R) -> R {
    // Not part of the scope that is at work here: it may go to another thread afterwards.
    crate::scope::outside(|| poll(&mut std::task::Context::from_waker(Waker::noop())))
}
