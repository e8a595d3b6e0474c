//! What is known of a task without knowing its type.

use super::current;
use super::requests::Requests;
use crate::canceller::Cancel;
use crate::events::debug;
use crate::futures::CallbackId;
use crate::graph::Observed;
use crate::{CancelledError, Context};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Identifies a task for the life of the process.
///
/// Its `Display` is the number in the automatic name, `Task-7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(u64);

impl TaskId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        TaskId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn shard(self) -> u64 {
        self.0
    }

    /// As a number other than zero.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The other way round; `None` for zero.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        (number > 0).then_some(TaskId(number))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a task that ended did so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    Returned,
    /// With an `Err`.
    Failed,
    Cancelled,
    Panicked,
}

/// Called when a task is done.
pub(super) type Callback = Box<dyn FnOnce(&super::TaskHandle) + Send>;

/// The part of a task that is shared by everybody who knows it.
pub(crate) struct Header {
    pub(crate) id: TaskId,
    pub(crate) location: &'static Location<'static>,
    pub(crate) runtime: Option<tokio::runtime::Id>,
    /// The deadline that was in force where it was created.
    pub(super) deadline: Option<tokio::time::Instant>,
    /// Its context variables, from when there are any.
    context: OnceLock<Context>,
    name: Mutex<Option<Arc<str>>>,
    /// Somebody awaited it; known in debug mode only.
    awaited: AtomicBool,
    pub(super) requests: Requests<Cow<'static, str>>,
    /// Tokio's task that polls this one; not known before the first poll.
    pub(super) polled_by: OnceLock<Option<tokio::task::Id>>,
    control: Mutex<Control>,
    pub(crate) observed: Observed,
}

#[derive(Default)]
struct Control {
    ended: Option<Ended>,
    /// The end of its run cancelled it.
    left_over: bool,
    callbacks: Vec<(CallbackId, Callback)>,
}

impl Header {
    pub(super) fn new(
        name: Option<Arc<str>>,
        location: &'static Location<'static>,
        runtime: Option<tokio::runtime::Id>,
        deadline: Option<tokio::time::Instant>,
        context: Option<Context>,
    ) -> Self {
        Header {
            id: TaskId::next(),
            location,
            runtime,
            deadline,
            context: context.map_or_else(OnceLock::new, OnceLock::from),
            name: Mutex::new(name),
            awaited: AtomicBool::new(false),
            requests: Requests::new(),
            polled_by: OnceLock::new(),
            control: Mutex::default(),
            observed: Observed::new(),
        }
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn name(&self) -> Arc<str> {
        let mut name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(name.get_or_insert_with(|| format!("Task-{}", self.id).into()))
    }

    pub(super) fn set_name(&self, new: Arc<str>) {
        let mut name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        *name = Some(new);
    }

    /// The context that it runs in.
    pub(crate) fn context(&self) -> Context {
        self.context.get_or_init(Context::new).clone()
    }

    /// The same, unless no variable was ever set in there.
    pub(crate) fn existing_context(&self) -> Option<Context> {
        self.context.get().cloned()
    }

    /// Somebody awaits it.
    #[inline]
    pub(super) fn note_awaited(&self) {
        if debug::is_any_on() {
            self.awaited.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody ever awaited it; known in debug mode only.
    pub(crate) fn was_awaited(&self) -> bool {
        self.awaited.load(Ordering::Relaxed)
    }

    /// Whether it was asked to end and has not heard of it.
    pub(crate) fn is_cancel_due(&self) -> bool {
        self.requests.is_due()
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        self.control().ended
    }

    /// Asks the task to end: `Task.cancel()`. False if it has ended. See [`Requests::cancel`].
    pub(crate) fn cancel(&self, message: Option<Cow<'static, str>>, again: bool) -> bool {
        if current::id() == Some(self.id) {
            return self.requests.cancel_itself(message, again);
        }
        self.requests.cancel(message, again)
    }

    /// As [`cancel`](Self::cancel), at the end of a run.
    pub(crate) fn cancel_left_over(&self) {
        self.control().left_over = true;
        self.cancel(None, false);
    }

    pub(super) fn was_left_over(&self) -> bool {
        self.control().left_over
    }

    /// Whether somebody asked it to end, other than a runner or a group.
    pub(crate) fn was_cancelled_by_hand(&self) -> bool {
        self.requests.was_asked()
    }

    /// Ends the task at once: its cleanup is dropped and reported.
    pub(crate) fn stop(&self) {
        self.requests.stop();
    }

    /// Whether it is this task that runs here, and not one of Tokio's that is polled inside of it.
    pub(super) fn is_here(&self) -> bool {
        let polled_by = self.polled_by.get();
        polled_by.is_none_or(|id| *id == tokio::task::try_id())
    }

    pub(super) fn cancelling(&self) -> u32 {
        self.requests.asked()
    }

    pub(crate) fn cancelled_error(&self) -> CancelledError {
        match self.requests.message() {
            Some(message) => CancelledError::with_message(message),
            None => CancelledError::new(),
        }
    }

    /// Runs the callback when the task is done; gives it back if it is.
    pub(super) fn on_done(&self, id: CallbackId, callback: Callback) -> Option<Callback> {
        let mut control = self.control();
        if control.ended.is_some() {
            return Some(callback);
        }
        control.callbacks.push((id, callback));
        None
    }

    /// Whether there was such a callback to remove.
    pub(super) fn remove_callback(&self, callback: CallbackId) -> bool {
        let mut control = self.control();
        let index = control.callbacks.iter().position(|(id, _)| *id == callback);
        let removed = index.map(|index| control.callbacks.remove(index));
        drop(control);
        removed.is_some()
    }

    /// Calls `f` when the task is done, at once if it is.
    pub(crate) fn when_done(&self, f: impl FnOnce() + Send + 'static) {
        let f: Box<dyn FnOnce() + Send> = Box::new(f);
        let mut control = self.control();
        if control.ended.is_none() {
            control
                .callbacks
                .push((CallbackId::next(), Box::new(move |_| f())));
            return;
        }
        drop(control);
        f();
    }

    /// Marks the end, and gives the callbacks to run.
    pub(super) fn end(&self, ended: Ended) -> Vec<(CallbackId, Callback)> {
        let mut control = self.control();
        control.ended = Some(ended);
        let callbacks = std::mem::take(&mut control.callbacks);
        drop(control);
        self.requests.end();
        callbacks
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name())
            .field("spawned_at", &format_args!("{}", self.location))
            .field("ended", &self.ended())
            .finish()
    }
}

impl Cancel for Header {
    fn cancel(&self, message: Option<Cow<'static, str>>) -> bool {
        Header::cancel(self, message, true)
    }

    fn is_done(&self) -> bool {
        self.ended().is_some()
    }
}
