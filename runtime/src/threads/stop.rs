//! The flag that asks a call to end.

use crate::{CancelledError, IntoDuration};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Says to blocking work that nobody waits for it any more: see [`to_thread_with`](crate::to_thread_with).
#[derive(Clone, Default)]
pub struct StopFlag {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_set: AtomicBool,
    /// For those who wait; held while the flag is set, so that none of them misses it.
    lock: Mutex<()>,
    changed: Condvar,
}

impl StopFlag {
    /// Whether the work should end.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.shared.is_set.load(Ordering::Acquire)
    }

    /// An error if the work should end: for `?` in a loop.
    ///
    /// # Errors
    ///
    /// [`CancelledError`] if the flag is set.
    pub fn check(&self) -> Result<(), CancelledError> {
        if self.is_set() {
            return Err(CancelledError::new());
        }
        Ok(())
    }

    /// Blocks this thread until the flag is set, for at most `limit`; says whether it is set. Instead of
    /// `std::thread::sleep`, which nobody can interrupt.
    ///
    /// # Panics
    ///
    /// If the limit is NaN.
    pub fn wait(&self, limit: impl IntoDuration) -> bool {
        let deadline = Instant::now().checked_add(limit.into_duration());
        let lock = self.shared.lock.lock();
        let mut lock = lock.unwrap_or_else(PoisonError::into_inner);
        while !self.is_set() {
            let changed = &self.shared.changed;
            lock = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return false,
                Some(left) => {
                    let waited = changed.wait_timeout(lock, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => changed.wait(lock).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }

    pub(super) fn set(&self) {
        let lock = self.shared.lock.lock();
        let lock = lock.unwrap_or_else(PoisonError::into_inner);
        self.shared.is_set.store(true, Ordering::Release);
        drop(lock);
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for StopFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopFlag")
            .field("is_set", &self.is_set())
            .finish()
    }
}
