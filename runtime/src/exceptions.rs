//! The errors of asyncio, as types.

mod queues;

pub use queues::{GetError, PutError, QueueEmpty, QueueFull, QueueShutDown};

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A task was cancelled before it had a value: `asyncio.CancelledError`.
///
/// It is what awaiting a cancelled [`Task`](crate::Task) gives. The message is the one that was
/// passed to [`Task::cancel_with`](crate::Task::cancel_with), if any.
///
/// # Examples
///
/// ```
/// use asyncio::CancelledError;
///
/// assert_eq!(CancelledError::new().to_string(), "cancelled");
/// assert_eq!(CancelledError::with_message("too slow").to_string(), "cancelled: too slow");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CancelledError {
    message: Option<Cow<'static, str>>,
}

impl CancelledError {
    /// A cancellation without a message.
    #[must_use]
    pub const fn new() -> Self {
        CancelledError { message: None }
    }

    /// A cancellation that says why.
    #[must_use]
    pub fn with_message(message: impl Into<Cow<'static, str>>) -> Self {
        CancelledError {
            message: Some(message.into()),
        }
    }

    /// What whoever cancelled had to say: `CancelledError.args[0]`.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl fmt::Display for CancelledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "cancelled: {message}"),
            None => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for CancelledError {}

impl From<CancelledError> for std::io::Error {
    fn from(error: CancelledError) -> Self {
        std::io::Error::new(std::io::ErrorKind::Interrupted, error)
    }
}

/// A time limit passed first: `asyncio.TimeoutError`, the built-in `TimeoutError` of Python.
///
/// It names the limit that fired, so of nested limits one can tell which it was.
///
/// # Examples
///
/// ```
/// use asyncio::TimeoutError;
/// use std::time::Duration;
///
/// let error = TimeoutError::new(Duration::from_millis(1500));
/// assert_eq!(error.to_string(), "timed out after 1.5s");
/// assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::TimedOut);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutError {
    limit: Duration,
}

impl TimeoutError {
    /// The error of a limit of this length.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        TimeoutError { limit }
    }

    /// How long the limit was.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "timed out after {:?}", self.limit)
    }
}

impl std::error::Error for TimeoutError {}

impl From<TimeoutError> for std::io::Error {
    fn from(error: TimeoutError) -> Self {
        std::io::Error::new(std::io::ErrorKind::TimedOut, error)
    }
}

/// A call that the state of an object does not allow: Python's `ValueError`, where a primitive raises
/// it.
///
/// # Examples
///
/// ```
/// let error = asyncio::BoundedSemaphore::new(2).release().unwrap_err();
/// assert_eq!(error.to_string(), "`BoundedSemaphore` released too many times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueError {
    message: &'static str,
}

impl ValueError {
    pub(crate) const fn new(message: &'static str) -> Self {
        ValueError { message }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for ValueError {}

/// Something was asked of an object whose state does not allow it: `asyncio.InvalidStateError`, and
/// the `RuntimeError`s of asyncio that are of this kind.
///
/// # Examples
///
/// ```
/// let error = asyncio::InvalidStateError::new("the time-out is over");
/// assert_eq!(error.to_string(), "the time-out is over");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidStateError {
    what: &'static str,
}

impl InvalidStateError {
    /// An error that says what the state is.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        InvalidStateError { what }
    }
}

impl fmt::Display for InvalidStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl std::error::Error for InvalidStateError {}

/// A [`Barrier`](crate::Barrier) was aborted or reset: `asyncio.BrokenBarrierError`.
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// let barrier = asyncio::Barrier::new(2);
/// barrier.abort();
/// let error = barrier.wait().await.unwrap_err();
/// assert_eq!(error.to_string(), "the barrier is aborted"); // who waited: "was aborted or reset"
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BrokenBarrierError {
    /// It was so before the waiting began.
    already: bool,
}

impl BrokenBarrierError {
    pub(crate) const fn already() -> Self {
        BrokenBarrierError { already: true }
    }

    pub(crate) const fn meanwhile() -> Self {
        BrokenBarrierError { already: false }
    }
}

impl fmt::Display for BrokenBarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.already {
            "the barrier is aborted"
        } else {
            "the barrier was aborted or reset"
        })
    }
}

impl std::error::Error for BrokenBarrierError {}

/// A [`Borrower`](crate::locks::Borrower) asked for a second token of a
/// [`CapacityLimiter`](crate::CapacityLimiter): a `RuntimeError` in Trio.
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// use asyncio::locks::Borrower;
///
/// let limiter = asyncio::CapacityLimiter::new(2);
/// let me = Borrower::new();
/// let token = limiter.acquire_on_behalf_of(me).await?;
/// let error = limiter.acquire_on_behalf_of(me).await.unwrap_err();
/// assert_eq!(error.to_string(), "this borrower already holds or awaits a token");
/// # drop(token);
/// # Ok::<(), asyncio::AlreadyBorrowedError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AlreadyBorrowedError;

impl fmt::Display for AlreadyBorrowedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this borrower already holds or awaits a token")
    }
}

impl std::error::Error for AlreadyBorrowedError {}
