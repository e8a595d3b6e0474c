//! The errors of the queues. Those of `put` give back the item that could not be put.

use std::error::Error;
use std::fmt;

/// The queue has as many items as it may have: `asyncio.QueueFull`. Gives the item back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QueueFull<T = ()>(pub T);

/// The queue has no item: `asyncio.QueueEmpty`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QueueEmpty;

/// The queue was shut down: `asyncio.QueueShutDown`. From `put` it gives the item back.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueShutDown<T = ()>(pub T);

/// Why an item could not be put at once: what [`Queue::put_nowait`](crate::Queue::put_nowait) gives.
///
/// # Examples
///
/// ```
/// use asyncio::{PutError, Queue, QueueFull};
///
/// let queue = Queue::new(1);
/// queue.put_nowait("first").unwrap();
/// match queue.put_nowait("second") {
///     Err(PutError::Full(QueueFull(item))) => assert_eq!(item, "second"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutError<T> {
    /// The queue is full.
    Full(QueueFull<T>),
    /// The queue was shut down.
    ShutDown(QueueShutDown<T>),
}

/// Why no item could be had at once: what [`Queue::get_nowait`](crate::Queue::get_nowait) gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetError {
    /// The queue is empty.
    Empty(QueueEmpty),
    /// The queue was shut down, and is empty.
    ShutDown(QueueShutDown),
}

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_item(self) -> T {
        match self {
            PutError::Full(QueueFull(item)) | PutError::ShutDown(QueueShutDown(item)) => item,
        }
    }
}

impl<T> From<QueueFull<T>> for PutError<T> {
    fn from(error: QueueFull<T>) -> Self {
        PutError::Full(error)
    }
}

impl<T> From<QueueShutDown<T>> for PutError<T> {
    fn from(error: QueueShutDown<T>) -> Self {
        PutError::ShutDown(error)
    }
}

impl From<QueueEmpty> for GetError {
    fn from(error: QueueEmpty) -> Self {
        GetError::Empty(error)
    }
}

impl From<QueueShutDown> for GetError {
    fn from(error: QueueShutDown) -> Self {
        GetError::ShutDown(error)
    }
}

// By hand, as the item need not be `Debug` for the error to be one.
impl<T> fmt::Debug for QueueFull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueFull").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueShutDown").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutError::Full(error) => f.debug_tuple("Full").field(error).finish(),
            PutError::ShutDown(error) => f.debug_tuple("ShutDown").field(error).finish(),
        }
    }
}

impl<T> fmt::Display for QueueFull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is full")
    }
}

impl fmt::Display for QueueEmpty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is empty")
    }
}

impl<T> fmt::Display for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue was shut down")
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutError::Full(error) => error.fmt(f),
            PutError::ShutDown(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetError::Empty(error) => error.fmt(f),
            GetError::ShutDown(error) => error.fmt(f),
        }
    }
}

impl<T> Error for QueueFull<T> {}
impl Error for QueueEmpty {}
impl<T> Error for QueueShutDown<T> {}
impl<T> Error for PutError<T> {}
impl Error for GetError {}
