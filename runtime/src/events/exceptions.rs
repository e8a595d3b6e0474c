//! Failures that nobody can be told of in another way: `loop.set_exception_handler`.

use crate::scope::report;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// What the exception handler is told: the `context` of `loop.set_exception_handler`.
#[derive(Clone, Debug)]
pub struct ExceptionContext {
    message: &'static str,
    detail: String,
    task: Option<Arc<str>>,
    spawned_at: Option<&'static Location<'static>>,
}

impl ExceptionContext {
    /// What happened, in a few words, and to what and how; of the task that is running here, if one is.
    ///
    /// To be told by [`call_exception_handler`].
    #[must_use]
    pub fn new(message: &'static str, detail: impl Into<String>) -> Self {
        let task = crate::current_task();
        let name = task.as_ref().map(crate::TaskHandle::name);
        let spawned_at = task.as_ref().map(crate::TaskHandle::location);
        Self::of(message, detail.into(), name, spawned_at)
    }

    pub(crate) fn of(
        message: &'static str,
        detail: String,
        task: Option<Arc<str>>,
        spawned_at: Option<&'static Location<'static>>,
    ) -> Self {
        ExceptionContext {
            message,
            detail,
            task,
            spawned_at,
        }
    }

    /// What happened, in asyncio's words: "Task exception was never retrieved".
    #[must_use]
    pub fn message(&self) -> &'static str {
        self.message
    }

    /// To what, and how.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The name of the task that it is about.
    #[must_use]
    pub fn task_name(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// Where that task was spawned.
    #[must_use]
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.spawned_at
    }
}

impl fmt::Display for ExceptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.detail)
    }
}

/// What [`set_exception_handler`] takes.
pub type ExceptionHandler = Box<dyn Fn(&ExceptionContext) + Send + Sync>;

type Handler = Arc<dyn Fn(&ExceptionContext) + Send + Sync>;

static HANDLER: Mutex<Option<Handler>> = Mutex::new(None);

/// Sets what is called with failures that nobody can be told of in another way:
/// `loop.set_exception_handler`. `None` brings back the default, which logs an error through
/// [`tracing`] or, where no subscriber is set, writes to standard error.
///
/// It is process-wide, since tasks of several runtimes may meet. A handler that panics is reported by
/// the default one.
///
/// # Examples
///
/// ```
/// use asyncio::{create_task, set_exception_handler, sleep};
/// use std::sync::mpsc;
///
/// #[asyncio::main]
/// async fn main() {
///     let (tx, rx) = mpsc::channel();
///     set_exception_handler(Some(Box::new(move |context| {
///         let _ = tx.send(context.message().to_owned());
///     })));
///     drop(create_task(async { Err::<(), _>("nobody looks at this") }));
///     sleep(0.01).await;
///     assert_eq!(rx.recv().unwrap(), "Task exception was never retrieved");
/// }
/// ```
pub fn set_exception_handler(handler: Option<ExceptionHandler>) {
    let old = std::mem::replace(&mut *lock(), handler.map(Arc::from));
    drop(old);
}

fn lock() -> std::sync::MutexGuard<'static, Option<Handler>> {
    HANDLER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the exception handler of a failure that nobody else can be told of:
/// `loop.call_exception_handler`.
///
/// # Examples
///
/// ```
/// use asyncio::{ExceptionContext, call_exception_handler, get_running_loop};
///
/// # #[asyncio::main]
/// # async fn main() {
/// get_running_loop().call_soon(|| {
///     if let Err(error) = std::fs::remove_file("/no/such/file") {
///         call_exception_handler(&ExceptionContext::new("Cannot tidy up", error.to_string()));
///     }
/// });
/// # asyncio::sleep(0).await;
/// # }
/// ```
pub fn call_exception_handler(context: &ExceptionContext) {
    let handler = lock().clone();
    let Some(handler) = handler else {
        return default_exception_handler(context);
    };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| handler(context))) {
        report::emit(&format!(
            "Unhandled error in exception handler: {} (while told: {context})",
            report::message(&*payload),
        ));
    }
}

/// What is done without a handler: an error is logged through [`tracing`] or, where no subscriber is set,
/// written to standard error: `loop.default_exception_handler`. For a handler that wants to do that, too.
///
/// # Examples
///
/// ```
/// use asyncio::{default_exception_handler, set_exception_handler};
///
/// set_exception_handler(Some(Box::new(|context| {
///     // count it, and
///     default_exception_handler(context);
/// })));
/// ```
pub fn default_exception_handler(context: &ExceptionContext) {
    report::emit(&context.to_string());
}
