//! Tasks: `Lib/asyncio/tasks.py`.

mod builder;
mod cell;
#[cfg_attr(
    not(all(feature = "tokio-console", tokio_unstable)),
    path = "console_off.rs"
)]
pub(crate) mod console;
pub(crate) mod current;
mod header;
mod id;
mod join;
mod lazy;
mod list;
mod main_task;
mod owner_lock;
pub(crate) mod polling;
pub(crate) mod registry;
mod requests;
mod root;
mod shield;
mod span;
mod ties;

pub use builder::{TaskBuilder, create_local_task, create_task};
pub use current::{current_task, remaining};
pub use id::TaskId;
pub use registry::all_tasks;
pub use shield::{Shield, shield};
pub use ties::{CancelOnDrop, TaskFinished};

pub(crate) use cell::{Body, Lent, Polled, TaskRef, Turn, clone_of_task};
pub(crate) use header::{Ended, Header};
pub(crate) use id::Numbers;
pub(crate) use list::LoopList;
pub(crate) use main_task::main_task;
pub(crate) use span::TaskSpan;

use crate::contextvars::Snapshot;
use crate::events::debug;
use crate::futures::CallbackId;
use crate::graph;
use crate::outcome::Outcome;
use crate::watch;
use crate::{CancelledError, Context as Variables, InvalidStateError, get_running_loop};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

/// A future that runs on its own, beside whoever made it: `asyncio.Task`.
///
/// Made by [`create_task`], [`create_local_task`] and [`Task::builder`]. Awaiting it gives the value of
/// the future, or [`CancelledError`] if it was cancelled. `(&mut task).await` keeps the task.
///
/// Dropping a `Task` detaches it: it runs on. If it then panics or returns an `Err`, nobody can
/// retrieve that, and it is reported through the exception handler as "Task exception was never
/// retrieved", with the task's name and where it was spawned. A value that came to pass before the
/// drop, and was not retrieved, is reported just so.
///
/// # Cancellation
///
/// [`Task::cancel`] drops the future at its next suspension and runs the cleanup that it hands over
/// (see [`finally`](crate::finally)); the task is done when the cleanup is. To stop awaiting a task does
/// not cancel it; [`Task::cancel_on_drop`] is for where it shall.
///
/// # Panics
///
/// A panic of the task resumes in whoever awaits it; [`Task::outcome`] gives it as a value. Polled
/// after it gave its outcome, a task panics. A task that awaits itself panics.
///
/// # Examples
///
/// ```
/// use asyncio::{create_task, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let task = create_task(async {
///         sleep(0.01).await;
///         42
///     });
///     println!("the task runs beside this");
///     assert_eq!(task.await, Ok(42));
/// }
/// ```
pub struct Task<T> {
    /// A task whose outcome is an `Outcome<T>`; this is the only `Task` of it.
    header: TaskRef,
    // It can be sent where a `T` can, and used from several threads then.
    gives: PhantomData<Mutex<T>>,
}

impl<T> Unpin for Task<T> {}

impl Task<()> {
    /// Makes a task with a name, or with other settings: `asyncio.create_task(coro, name=..)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::Task;
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let task = Task::builder().name("answer").spawn(async { 42 });
    ///     assert_eq!(&*task.name(), "answer");
    ///     assert_eq!(task.await, Ok(42));
    /// }
    /// ```
    pub const fn builder() -> TaskBuilder {
        TaskBuilder::new()
    }
}

impl<T> Task<T> {
    /// # Safety
    ///
    /// The outcome of the task is one of `T`, and there is no other `Task` of it.
    #[allow(unsafe_code)]
    #[inline]
    unsafe fn of(task: TaskRef) -> Self {
        Task {
            header: task,
            gives: PhantomData,
        }
    }

    /// Asks the task to end: `Task.cancel()`. False if it is done already.
    ///
    /// It takes effect when the task next suspends: its future is dropped, its cleanup runs, then
    /// whoever awaits it gets [`CancelledError`]. A second call interrupts the cleanup that is running
    /// then, and no more than that. Calls before the first took effect count once. A future that comes
    /// to its end before that has its value kept, where Python would lose it.
    #[doc(alias = "abort")]
    pub fn cancel(&self) -> bool {
        self.header.cancel(None, true)
    }

    /// [`Task::cancel`] with a reason, which is in the [`CancelledError`]: `Task.cancel(msg)`. Of
    /// several calls the first one's reason counts.
    pub fn cancel_with(&self, message: impl Into<Cow<'static, str>>) -> bool {
        self.header.cancel(Some(message.into()), true)
    }

    /// How often it was asked to end by [`cancel`](Self::cancel): `Task.cancelling()`. Unlike there, it never
    /// gets less: who was cancelled stays so.
    pub fn cancelling(&self) -> u32 {
        self.header.cancelling()
    }

    /// A handle that can do nothing but cancel the task; it can be cloned and sent.
    pub fn canceller(&self) -> crate::Canceller {
        crate::Canceller::new(Arc::new(self.header.clone()))
    }

    /// The task without the type of its value.
    pub fn handle(&self) -> TaskHandle {
        TaskHandle::new(self.header.clone())
    }

    /// Whether it is done: it has a value, was cancelled, or panicked.
    #[doc(alias = "is_finished")]
    pub fn done(&self) -> bool {
        // Not the header: it says so a moment before the value is there.
        self.header.join.is_done()
    }

    /// Whether it is done because it was cancelled.
    pub fn cancelled(&self) -> bool {
        self.header.ended() == Some(Ended::Cancelled)
    }

    /// Whether it is done and panicked or returned an `Err`.
    pub fn failed(&self) -> bool {
        matches!(self.header.ended(), Some(Ended::Failed | Ended::Panicked))
    }

    /// Its name: as given, or `Task-` and a number.
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Arc<str> {
        self.header.name()
    }

    /// Gives it another name.
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        self.header.set_name(name.into());
    }

    /// The context that it runs in: `Task.get_context`.
    #[doc(alias = "get_context")]
    pub fn context(&self) -> Variables {
        self.header.context()
    }

    /// What identifies it.
    pub fn id(&self) -> TaskId {
        self.header.id
    }

    /// What it waits for, and who waits for it: `asyncio.capture_call_graph(task)`.
    ///
    /// `None` if it is done. What it waits for is known if introspection is on: see
    /// [`introspection`](crate::introspection).
    #[doc(alias = "print_stack")]
    #[doc(alias = "get_stack")]
    pub fn call_graph(&self) -> Option<graph::TaskGraph> {
        self.handle().call_graph()
    }

    /// Calls `callback` once the task is done: `Task.add_done_callback`.
    ///
    /// Callbacks run in the order in which they were added, by whoever finishes the task, each in a copy
    /// of the context variables of the place where it was added. For a task
    /// that is done it runs soon, never inside of this call. A panic in it goes to the exception
    /// handler.
    ///
    /// # Panics
    ///
    /// If the task is done and there is no running event loop to call it.
    #[track_caller]
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(&TaskHandle) + Send + 'static,
    ) -> CallbackId {
        self.handle().add_done_callback(callback)
    }

    /// Removes a callback: `Task.remove_done_callback`. `false` if there is none: the task is done, or it
    /// was removed before.
    pub fn remove_done_callback(&self, callback: CallbackId) -> bool {
        self.header.remove_callback(callback)
    }

    /// The value, without waiting: `Task.result`. It is taken out: awaiting afterwards panics.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if the task is not done, or its value was taken already. Inside,
    /// [`CancelledError`] if it was cancelled, however often one asks.
    ///
    /// # Panics
    ///
    /// With the panic of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[asyncio::main]
    /// # async fn main() {
    /// let mut task = asyncio::create_task(async { 42 });
    /// assert!(task.result().is_err()); // InvalidStateError
    /// asyncio::sleep(0).await;
    /// assert_eq!(task.result(), Ok(Ok(42)));
    /// # }
    /// ```
    pub fn result(&mut self) -> Result<Result<T, CancelledError>, InvalidStateError> {
        if !self.done() {
            return Err(InvalidStateError::new("the result is not set"));
        }
        let cancelled = self.look(|outcome| match outcome {
            Outcome::Cancelled(error) => Some(error.clone()),
            _ => None,
        });
        if let Some(Some(error)) = cancelled {
            return Ok(Err(error));
        }
        match self.take() {
            Some(outcome) => Ok(outcome.into_result()),
            None => Err(InvalidStateError::new("the result was taken")),
        }
    }

    /// Takes the outcome, if there is one.
    #[allow(unsafe_code)]
    #[inline]
    fn take(&mut self) -> Option<Outcome<T>> {
        if !self.header.join.has_outcome() {
            return None;
        }
        // SAFETY: this is the `Task`, borrowed exclusively, and there is an outcome.
        Some(unsafe { self.header.take_outcome() })
    }

    /// Looks at the outcome, if there is one; it counts as retrieved then.
    #[allow(unsafe_code)]
    fn look<R>(&self, look: impl FnOnce(&Outcome<T>) -> R) -> Option<R> {
        if !self.header.join.has_outcome() {
            return None;
        }
        self.header.join.set_looked_at();
        // Others may look from other threads, and `T` need not be `Sync`.
        let _alone = self.header.looking();
        // SAFETY: this is the `Task`, and there is an outcome; to take it out needs the `Task` exclusively.
        Some(look(unsafe { self.header.outcome_ref() }))
    }

    /// How the task ends, as a value: unlike the task itself this never panics.
    ///
    /// # Examples
    ///
    /// See [`Outcome`].
    pub fn outcome(self) -> TaskOutcome<T> {
        TaskOutcome { task: self }
    }

    /// `Ready` with how the task ended, once.
    #[inline]
    fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        if debug::is_any_on() || !self.header.join.has_outcome() {
            ready!(self.poll_awaited(cx));
        }
        match self.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => panic!("task polled after it gave its outcome"),
        }
    }

    /// Whether there may be a need to poll it: it is done, or has to be told whom to wake. `again`: it was told, this
    /// waker.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) fn has_news(&self, waker: &Waker, again: bool) -> bool {
        let join = &self.header.join;
        if again {
            return join.is_done();
        }
        // In a loop of waits, most tasks are as the last one left them.
        // SAFETY: this is the `Task`, and nobody polls or drops it meanwhile.
        watch::is_any() || !unsafe { join.wakes(waker) }
    }

    /// As [`poll_done`](Self::poll_done), but a task that awaits itself panics: it would wait forever, and nobody
    /// could tell why.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) fn poll_awaited(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: this is the `Task`, borrowed exclusively.
        unsafe { self.header.poll_awaited(cx.waker()) }
    }

    /// `Ready` once the task is done; leaves the outcome where it is.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: this is the `Task`, borrowed exclusively.
        unsafe { self.header.poll_done(cx.waker()) }
    }
}

#[allow(unsafe_code)]
impl TaskRef {
    /// As [`Task::poll_awaited`].
    ///
    /// # Safety
    ///
    /// For the owner of the `Task`, as [`Join::poll_done`](join::Join::poll_done).
    #[inline(never)]
    unsafe fn poll_awaited(&self, waker: &Waker) -> Poll<()> {
        // SAFETY: passed on to the caller.
        let polled = unsafe { self.poll_done(waker) };
        assert!(
            polled.is_ready() || !current::is(self),
            "a task awaits itself"
        );
        polled
    }

    /// As [`Task::poll_done`].
    ///
    /// # Safety
    ///
    /// As [`poll_awaited`](Self::poll_awaited).
    #[inline]
    unsafe fn poll_done(&self, waker: &Waker) -> Poll<()> {
        self.note_awaited();
        // SAFETY: passed on to the caller.
        if unsafe { self.join.poll_done(waker) } {
            return Poll::Ready(());
        }
        if graph::may_be_on() {
            graph::wait_for_task(self.id); // for introspection: whoever polls this waits for it
        }
        Poll::Pending
    }
}

impl<T, E: Clone> Task<Result<T, E>> {
    /// The `Err` that the task returned, or `None` if it returned no such: `Task.exception`. Leaves it
    /// where it is; it counts as retrieved.
    ///
    /// # Errors
    ///
    /// [`InvalidStateError`] if the task is not done, or its value was taken. Inside,
    /// [`CancelledError`] if it was cancelled.
    ///
    /// # Panics
    ///
    /// If the task panicked.
    pub fn exception(&self) -> Result<Result<Option<E>, CancelledError>, InvalidStateError> {
        if !self.done() {
            return Err(InvalidStateError::new("the exception is not set"));
        }
        let exception = self.look(|outcome| match outcome {
            Outcome::Returned(value) => Ok(value.as_ref().err().cloned()),
            Outcome::Cancelled(error) => Err(error.clone()),
            Outcome::Panicked(_) => panic!("the task panicked: await it to resume that"),
        });
        exception.ok_or(InvalidStateError::new("the result was taken"))
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, CancelledError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_outcome(cx).map(Outcome::into_result)
    }
}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.header.join.is_taken() {
            self.detach();
        }
    }
}

impl<T> Task<T> {
    /// It is dropped before its outcome was taken out.
    #[allow(unsafe_code)]
    #[inline(never)]
    fn detach(&mut self) {
        // SAFETY: this is the `Task`, borrowed exclusively for the last time.
        if unsafe { self.header.join.detach() }
            && let Some(outcome) = self.take()
        {
            if !self.header.join.is_looked_at() {
                root::report_unretrieved(&self.header, &outcome);
            }
            root::discard(outcome);
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.header, f)
    }
}

/// The future of [`Task::outcome`].
#[derive(Debug)]
#[must_use = "`outcome` does nothing until you `.await` it"]
pub struct TaskOutcome<T> {
    task: Task<T>,
}

impl<T> Future for TaskOutcome<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        self.task.poll_outcome(cx)
    }
}

/// A task of which the type of the value is not known: what [`current_task`] and [`all_tasks`] give.
#[derive(Clone)]
pub struct TaskHandle {
    header: TaskRef,
}

impl TaskHandle {
    pub(crate) fn new(header: TaskRef) -> Self {
        TaskHandle { header }
    }

    /// [`Task::cancel`].
    pub fn cancel(&self) -> bool {
        self.header.cancel(None, true)
    }

    /// [`Task::cancel_with`].
    pub fn cancel_with(&self, message: impl Into<Cow<'static, str>>) -> bool {
        self.header.cancel(Some(message.into()), true)
    }

    /// [`Task::cancelling`].
    #[must_use]
    pub fn cancelling(&self) -> u32 {
        self.header.cancelling()
    }

    /// Cancels for a runner: however often, it never interrupts cleanup.
    #[cfg(unix)]
    pub(crate) fn cancel_once(&self) {
        self.header.cancel(None, false);
    }

    pub(crate) fn was_cancelled_by_hand(&self) -> bool {
        self.header.was_cancelled_by_hand()
    }

    /// The context that it runs in, if any variable was set in there.
    pub(crate) fn existing_context(&self) -> Option<Variables> {
        self.header.existing_context()
    }

    /// Ends the task at once, cleanup and all.
    #[cfg(unix)]
    pub(crate) fn stop(&self) {
        self.header.stop();
    }

    /// [`Task::done`].
    #[must_use]
    pub fn done(&self) -> bool {
        self.header.ended().is_some()
    }

    /// [`Task::cancelled`].
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.header.ended() == Some(Ended::Cancelled)
    }

    /// [`Task::failed`].
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self.header.ended(), Some(Ended::Failed | Ended::Panicked))
    }

    /// [`Task::name`].
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.header.name()
    }

    /// [`Task::set_name`].
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        self.header.set_name(name.into());
    }

    /// [`Task::context`].
    #[must_use]
    pub fn context(&self) -> Variables {
        self.header.context()
    }

    /// [`Task::id`].
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.header.id
    }

    /// [`Task::call_graph`].
    #[must_use]
    pub fn call_graph(&self) -> Option<graph::TaskGraph> {
        graph::capture_call_graph().task(self.header.id).cloned()
    }

    /// Where it was spawned.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.header.location
    }

    /// [`Task::add_done_callback`].
    ///
    /// # Panics
    ///
    /// If the task is done and there is no running event loop to call it.
    #[track_caller]
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(&TaskHandle) + Send + 'static,
    ) -> CallbackId {
        let variables = Snapshot::take();
        let callback = move |task: &TaskHandle| variables.run(|| callback(task));
        let id = CallbackId::next();
        if let Some(callback) = self.header.on_done(id, Box::new(callback)) {
            let handle = self.clone();
            get_running_loop().call_soon(move || root::run_callback(callback, &handle));
        }
        id
    }

    /// [`Task::remove_done_callback`].
    pub fn remove_done_callback(&self, callback: CallbackId) -> bool {
        self.header.remove_callback(callback)
    }
}

impl PartialEq for TaskHandle {
    fn eq(&self, other: &Self) -> bool {
        self.header.id == other.header.id
    }
}

impl Eq for TaskHandle {}

impl std::hash::Hash for TaskHandle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.header.id.hash(state);
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header.fmt(f)
    }
}
