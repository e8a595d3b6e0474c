//! A handle that can do nothing but cancel.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Cancels what it was made for, from anywhere: a task, a task group, a cancel scope.
///
/// Made by [`Task::canceller`](crate::Task::canceller) and its like. It can be cloned and sent, and
/// keeps nothing alive but the name of what it cancels.
///
/// # Examples
///
/// ```
/// use asyncio::{create_task, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let task = create_task(sleep(60));
///     let canceller = task.canceller();
///     std::thread::spawn(move || canceller.cancel_with("from a thread"));
///     assert_eq!(task.await.unwrap_err().message(), Some("from a thread"));
/// }
/// ```
#[derive(Clone)]
pub struct Canceller {
    target: Arc<dyn Cancel>,
}

/// What a [`Canceller`] can be made for.
pub(crate) trait Cancel: Send + Sync {
    /// False if it is done already.
    fn cancel(&self, message: Option<Cow<'static, str>>) -> bool;
    fn is_done(&self) -> bool;
}

impl Canceller {
    pub(crate) fn new(target: Arc<dyn Cancel>) -> Self {
        Canceller { target }
    }

    /// Cancels it. False if it is done already.
    pub fn cancel(&self) -> bool {
        self.target.cancel(None)
    }

    /// Cancels it, with a reason. False if it is done already.
    pub fn cancel_with(&self, message: impl Into<Cow<'static, str>>) -> bool {
        self.target.cancel(Some(message.into()))
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.target.is_done()
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller")
            .field("done", &self.is_done())
            .finish()
    }
}
