//! `asyncio.BoundedSemaphore`.

use super::permits::{self, Permits};
use super::semaphore_permit::{
    OwnedSemaphorePermit, Permitting, SemaphoreAcquire, SemaphoreAcquireOwned, SemaphorePermit,
};
use crate::exceptions::ValueError;
use crate::graph::Kind;
use std::fmt;
use std::sync::Arc;

/// A semaphore that never has more permits than it started with: `asyncio.BoundedSemaphore`.
///
/// It is a [`Semaphore`](super::Semaphore) but for [`release`](Self::release), which fails where that
/// would add a permit.
///
/// # Examples
///
/// ```
/// use asyncio::BoundedSemaphore;
///
/// # futures::executor::block_on(async {
/// let semaphore = BoundedSemaphore::new(1);
/// semaphore.acquire().await.forget();
/// assert!(semaphore.release().is_ok());
/// assert!(semaphore.release().is_err());      // ValueError in Python
/// # });
/// ```
pub struct BoundedSemaphore {
    permits: Permits,
    bound: usize,
}

impl BoundedSemaphore {
    /// A semaphore with `value` permits. With 0 it starts locked.
    ///
    /// # Panics
    ///
    /// With more than [`MAX_VALUE`](Self::MAX_VALUE) permits. (A negative number, a `ValueError` in
    /// Python, has no type here.)
    #[must_use]
    #[track_caller]
    pub const fn new(value: usize) -> Self {
        BoundedSemaphore {
            permits: Permits::new(value, Kind::BoundedSemaphore),
            bound: value,
        }
    }

    /// The most permits that a semaphore can have: `usize::MAX / 8`.
    pub const MAX_VALUE: usize = permits::MAX;

    /// Takes a permit if one is free and nobody waits for it.
    ///
    /// Trio's `Semaphore.acquire_nowait`, which asyncio lacks.
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_, Self>> {
        self.permits
            .try_acquire()
            .then(|| SemaphorePermit::new(self))
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that keeps the semaphore alive by itself.
    pub fn try_acquire_owned(self: Arc<Self>) -> Option<OwnedSemaphorePermit<Self>> {
        self.permits
            .try_acquire()
            .then(|| OwnedSemaphorePermit::new(self))
    }

    /// Waits for a permit and takes it: `asyncio.BoundedSemaphore.acquire`, `async with semaphore`.
    ///
    /// A permit that is free is taken without yielding to the executor, unless earlier waiters were
    /// given permits and have yet to run: they go first.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the line; a permit that it was just given goes to the next.
    #[inline]
    pub fn acquire(&self) -> SemaphoreAcquire<'_, Self> {
        SemaphoreAcquire::new(self)
    }

    /// As [`acquire`](Self::acquire), with a permit that keeps the semaphore alive by itself, so that
    /// it can be stored, or moved into a task.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// use asyncio::BoundedSemaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(BoundedSemaphore::new(1));
    /// let permit = semaphore.clone().acquire_owned().await;
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert!(!semaphore.locked());
    /// # });
    /// ```
    pub fn acquire_owned(self: Arc<Self>) -> SemaphoreAcquireOwned<Self> {
        SemaphoreAcquireOwned::new(self)
    }

    /// Gives back a permit that is not held as a [`SemaphorePermit`], and lets the first in line
    /// through: `asyncio.BoundedSemaphore.release`.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if no permit is out; nothing changes then.
    pub fn release(&self) -> Result<(), ValueError> {
        if self.permits.release_up_to(self.bound) {
            Ok(())
        } else {
            Err(ValueError::new(
                "`BoundedSemaphore` released too many times",
            ))
        }
    }

    /// Whether [`acquire`](Self::acquire) would have to wait: `asyncio.BoundedSemaphore.locked`.
    pub fn locked(&self) -> bool {
        self.permits.locked()
    }

    /// How many permits are free: `asyncio.BoundedSemaphore._value`.
    #[doc(alias = "available_permits")]
    pub fn value(&self) -> usize {
        self.permits.available()
    }

    /// A snapshot of the semaphore.
    pub fn statistics(&self) -> BoundedSemaphoreStatistics {
        BoundedSemaphoreStatistics {
            value: self.value(),
            bound: self.bound,
            tasks_waiting: self.permits.waiting(),
        }
    }
}

impl Permitting for BoundedSemaphore {
    fn permits(&self) -> &Permits {
        &self.permits
    }

    fn give_back(&self) {
        // Full already if somebody else released this permit by hand: then there is nothing to give back.
        let _ = self.release();
    }
}

impl Default for BoundedSemaphore {
    /// One permit, as in Python.
    fn default() -> Self {
        BoundedSemaphore::new(1)
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("value", &self.value())
            .field("bound", &self.bound)
            .field("tasks_waiting", &self.permits.waiting())
            .finish()
    }
}

/// What [`BoundedSemaphore::statistics`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundedSemaphoreStatistics {
    /// As [`BoundedSemaphore::value`].
    pub value: usize,
    /// How many permits there are in all.
    pub bound: usize,
    /// How many tasks are in line.
    pub tasks_waiting: usize,
}
