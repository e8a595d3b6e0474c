//! `asyncio.Semaphore`.

use super::permits::{self, Permits};
use super::semaphore_permit::{
    OwnedSemaphorePermit, Permitting, SemaphoreAcquire, SemaphoreAcquireOwned, SemaphorePermit,
};
use crate::graph::Kind;
use std::fmt;
use std::sync::Arc;

/// Permits for so many tasks at a time: `asyncio.Semaphore`.
///
/// [`acquire`](Self::acquire) gives a permit that returns by itself when it is dropped.
/// [`release`](Self::release) adds one by hand, also beyond the number it started with; where that is a
/// mistake, use a [`BoundedSemaphore`](super::BoundedSemaphore).
///
/// # Fairness
///
/// First in, first out. Permits go to those who wait before anybody who comes later, and those who
/// were given one run before anybody who comes later takes another.
///
/// # When not to use it
///
/// To limit the branches of one `gather!`, `limit = n` is shorter.
///
/// # Examples
///
/// ```
/// use asyncio::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(10);
///
/// async fn download(url: &str) -> usize {
///     let _permit = CONNECTIONS.acquire().await;     // async with connections:
///     url.len()
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(download("http://a").await, 8);
/// assert_eq!(CONNECTIONS.value(), 10);
/// # });
/// ```
pub struct Semaphore {
    permits: Permits,
}

impl Semaphore {
    /// A semaphore with `value` permits. With 0 it starts locked.
    ///
    /// # Panics
    ///
    /// With more than [`MAX_VALUE`](Self::MAX_VALUE) permits. (A negative number, a `ValueError` in
    /// Python, has no type here.)
    #[must_use]
    #[track_caller]
    pub const fn new(value: usize) -> Self {
        Semaphore {
            permits: Permits::new(value, Kind::Semaphore),
        }
    }

    /// The most permits that a semaphore can have: `usize::MAX / 8`.
    pub const MAX_VALUE: usize = permits::MAX;

    /// Takes a permit if one is free and nobody waits for it.
    ///
    /// Trio's `Semaphore.acquire_nowait`, which asyncio lacks.
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_>> {
        self.permits
            .try_acquire()
            .then(|| SemaphorePermit::new(self))
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that keeps the semaphore alive by itself.
    pub fn try_acquire_owned(self: Arc<Self>) -> Option<OwnedSemaphorePermit> {
        self.permits
            .try_acquire()
            .then(|| OwnedSemaphorePermit::new(self))
    }

    /// Waits for a permit and takes it: `asyncio.Semaphore.acquire`, `async with semaphore`.
    ///
    /// A permit that is free is taken without yielding to the executor, unless earlier waiters were
    /// given permits and have yet to run: they go first.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; a permit that it was just given goes to the next.
    #[inline]
    pub fn acquire(&self) -> SemaphoreAcquire<'_> {
        SemaphoreAcquire::new(self)
    }

    /// As [`acquire`](Self::acquire), with a permit that keeps the semaphore alive by itself, so that
    /// it can be stored, or moved into a task.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use asyncio::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = semaphore.clone().acquire_owned().await;
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert!(!semaphore.locked());
    /// # });
    /// ```
    pub fn acquire_owned(self: Arc<Self>) -> SemaphoreAcquireOwned {
        SemaphoreAcquireOwned::new(self)
    }

    /// Adds a permit, whether or not one was taken, and lets the first in line through:
    /// `asyncio.Semaphore.release`.
    ///
    /// Permits that are held as a [`SemaphorePermit`] come back by themselves. This is for those that
    /// were [forgotten](SemaphorePermit::forget), and to signal: a semaphore that starts with 0 counts
    /// how often it was released.
    ///
    /// # Panics
    ///
    /// At [`MAX_VALUE`](Self::MAX_VALUE) permits.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let arrived = asyncio::Semaphore::new(0);
    /// arrived.release();
    /// arrived.release();
    /// arrived.acquire().await.forget();
    /// assert_eq!(arrived.value(), 1);
    /// # });
    /// ```
    #[doc(alias = "add_permits")]
    pub fn release(&self) {
        assert!(self.permits.release_up_to(permits::MAX), "too many permits");
    }

    /// Whether [`acquire`](Self::acquire) would have to wait: `asyncio.Semaphore.locked`.
    pub fn locked(&self) -> bool {
        self.permits.locked()
    }

    /// How many permits are free: `asyncio.Semaphore._value`.
    #[doc(alias = "available_permits")]
    pub fn value(&self) -> usize {
        self.permits.available()
    }

    /// A snapshot of the semaphore.
    pub fn statistics(&self) -> SemaphoreStatistics {
        SemaphoreStatistics {
            value: self.value(),
            tasks_waiting: self.permits.waiting(),
        }
    }
}

impl Permitting for Semaphore {
    fn permits(&self) -> &Permits {
        &self.permits
    }

    #[inline]
    fn give_back(&self) {
        self.permits.release();
    }
}

impl Default for Semaphore {
    /// One permit, as in Python.
    fn default() -> Self {
        Semaphore::new(1)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("value", &self.value())
            .field("tasks_waiting", &self.permits.waiting())
            .finish()
    }
}

/// What [`Semaphore::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SemaphoreStatistics {
    /// As [`Semaphore::value`].
    pub value: usize,
    /// How many tasks are in line.
    pub tasks_waiting: usize,
}
