//! What is known of a task without knowing its type.

use super::id::TaskId;
use super::join::Join;
use super::lazy::Lazy;
use super::requests::Requests;
use crate::events::debug;
use crate::futures::CallbackId;
use crate::graph::{Observed, Waits};
use crate::outcome::{Outcome, is_err};
use crate::{CancelledError, Context};
use std::borrow::Cow;
use std::fmt;
use std::mem::needs_drop;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How a task that ended did so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    Returned = 0,
    /// With an `Err`.
    Failed = 1,
    Cancelled = 2,
    Panicked = 3,
}

impl Ended {
    #[inline]
    pub(super) fn of<T>(outcome: &Outcome<T>) -> Self {
        match outcome {
            Outcome::Returned(value) if is_err(value) => Ended::Failed,
            Outcome::Returned(_) => Ended::Returned,
            Outcome::Cancelled(_) => Ended::Cancelled,
            Outcome::Panicked(_) => Ended::Panicked,
        }
    }
}

/// Called when a task is done.
pub(super) type Callback = Box<dyn FnOnce(&super::TaskHandle) + Send>;

/// The part of a task that is shared by everybody who knows it.
///
/// Small, as there may be many tasks: what few of them need is in [`Extra`].
pub(crate) struct Header {
    pub(crate) id: TaskId,
    pub(crate) location: &'static Location<'static>,
    pub(super) requests: Requests<Cow<'static, str>>,
    pub(super) join: Join,
    observed: Observed,
    extra: Lazy<Extra>,
}

/// What most tasks never have.
#[derive(Default)]
struct Extra {
    name: Mutex<Option<Arc<str>>>,
    /// Its context variables, from when there are any.
    context: OnceLock<Context>,
    /// The deadline that was in force where it was created.
    deadline: Option<tokio::time::Instant>,
    /// Somebody awaited it; known in debug mode only.
    awaited: AtomicBool,
    callbacks: Mutex<Vec<(CallbackId, Callback)>>,
    /// The end of its run cancelled it.
    left_over: AtomicBool,
    /// Held by whoever looks at the outcome.
    looking: Mutex<()>,
    waits: Mutex<Waits>,
}

impl Extra {
    #[cold]
    fn boxed(
        name: Option<Arc<str>>,
        deadline: Option<tokio::time::Instant>,
        context: Option<Context>,
    ) -> Box<Self> {
        Box::new(Extra {
            name: Mutex::new(name),
            context: context.map_or_else(OnceLock::new, OnceLock::from),
            deadline,
            ..Extra::default()
        })
    }
}

/// What a task is given that most are not. It is made before the header, so that this can be made where it
/// is to be, with nothing in between that may panic.
pub(super) struct Given(Lazy<Extra>);

impl Given {
    #[inline(always)]
    pub(super) fn nothing() -> Self {
        Given(Lazy::new())
    }

    #[inline(always)]
    pub(super) fn of(
        name: Option<Arc<str>>,
        deadline: Option<tokio::time::Instant>,
        context: Option<Context>,
    ) -> Self {
        Given(
            if name.is_some() || deadline.is_some() || context.is_some() {
                Lazy::with(Extra::boxed(name, deadline, context))
            } else {
                Lazy::new()
            },
        )
    }
}

impl Header {
    #[inline(always)]
    pub(super) fn new(
        id: TaskId,
        name: Option<Arc<str>>,
        location: &'static Location<'static>,
        deadline: Option<tokio::time::Instant>,
        context: Option<Context>,
    ) -> Self {
        let given = Given::of(name, deadline, context);
        Header::with(id, location, given)
    }

    #[inline(always)]
    pub(super) fn with(id: TaskId, location: &'static Location<'static>, given: Given) -> Self {
        Header {
            id,
            location,
            requests: Requests::new(),
            join: Join::new(),
            observed: Observed::new(),
            extra: given.0,
        }
    }

    /// Of something that the loop runs and that is no task of the program's.
    #[track_caller]
    pub(crate) fn of_no_task() -> Self {
        Header::with(TaskId::NONE, Location::caller(), Given::nothing())
    }

    /// Whether it has nothing but what every task has, so that a poll of it needs no preparation.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.extra.get().is_none()
    }

    /// Whether there is nothing in it that has to be dropped.
    #[inline]
    pub(super) fn is_bare(&self) -> bool {
        self.is_plain() && self.requests.is_empty() && !needs_drop::<Observed>()
    }

    fn extra(&self) -> &Extra {
        self.extra.get_or_init(Extra::default)
    }

    pub(crate) fn name(&self) -> Arc<str> {
        let mut name = lock(&self.extra().name);
        Arc::clone(name.get_or_insert_with(|| format!("Task-{}", self.id).into()))
    }

    pub(super) fn set_name(&self, new: Arc<str>) {
        *lock(&self.extra().name) = Some(new);
    }

    #[inline]
    pub(super) fn deadline(&self) -> Option<tokio::time::Instant> {
        self.extra.get()?.deadline
    }

    /// The context that it runs in.
    pub(crate) fn context(&self) -> Context {
        self.extra().context.get_or_init(Context::new).clone()
    }

    /// The same, unless no variable was ever set in there.
    pub(crate) fn existing_context(&self) -> Option<Context> {
        self.extra.get()?.context.get().cloned()
    }

    /// Somebody awaits it.
    #[inline]
    pub(super) fn note_awaited(&self) {
        if debug::is_any_on() {
            self.extra().awaited.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody ever awaited it; known in debug mode only.
    pub(crate) fn was_awaited(&self) -> bool {
        let extra = self.extra.get();
        extra.is_some_and(|extra| extra.awaited.load(Ordering::Relaxed))
    }

    /// Has whoever else looks at the outcome wait.
    pub(super) fn looking(&self) -> MutexGuard<'_, ()> {
        lock(&self.extra().looking)
    }

    /// What is known to introspection.
    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Where what it waits for is kept, if it is more than a task.
    pub(super) fn kept_waits(&self) -> &Mutex<Waits> {
        &self.extra().waits
    }

    /// What the task waits for, or waited for last.
    pub(crate) fn waits(&self) -> Waits {
        self.observed
            .waits(self.extra.get().map(|extra| &extra.waits))
    }

    /// Whether it was asked to end and has not heard of it.
    pub(crate) fn is_cancel_due(&self) -> bool {
        self.requests.is_due()
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        Some(match self.join.ended()? {
            0 => Ended::Returned,
            1 => Ended::Failed,
            2 => Ended::Cancelled,
            _ => Ended::Panicked,
        })
    }

    /// The end of its run cancels it.
    pub(super) fn set_left_over(&self) {
        self.extra().left_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_left_over(&self) -> bool {
        let extra = self.extra.get();
        extra.is_some_and(|extra| extra.left_over.load(Ordering::Relaxed))
    }

    /// Whether somebody asked it to end, other than a runner or a group.
    pub(crate) fn was_cancelled_by_hand(&self) -> bool {
        self.requests.was_asked()
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
        let mut callbacks = lock(&self.extra().callbacks);
        // With the lock, which the end takes if it finds that there are some.
        if !self.join.note_callbacks() {
            return Some(callback);
        }
        callbacks.push((id, callback));
        None
    }

    /// Whether there was such a callback to remove.
    pub(super) fn remove_callback(&self, callback: CallbackId) -> bool {
        let Some(extra) = self.extra.get() else {
            return false;
        };
        let mut callbacks = lock(&extra.callbacks);
        let index = callbacks.iter().position(|(id, _)| *id == callback);
        let removed = index.map(|index| callbacks.remove(index));
        drop(callbacks);
        removed.is_some()
    }

    /// The callbacks, once the task has ended.
    pub(super) fn take_callbacks(&self) -> Vec<(CallbackId, Callback)> {
        std::mem::take(&mut *lock(&self.extra().callbacks))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
