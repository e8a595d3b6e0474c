//! A lock for what one thread changes all the time, and others look at now and then.
//!
//! The owner takes it as a [`BriefLock`]. It waits for the others, if it has to, by the mutex that they hold while they
//! look, which may be long; they wait for the owner by trying again, as it never has it for long.
//! Model-checked: `tests/loom_tasks.rs`.

use crate::brief_lock::{Brief, BriefLock};
use crate::sync::{Mutex, yield_now};
use std::sync::PoisonError;

/// A lock that favours one thread.
pub(super) struct OwnerLock<T> {
    value: BriefLock<T>,
    /// Held by whoever looks, for as long as it does.
    others: Mutex<()>,
}

impl<T> OwnerLock<T> {
    pub(super) fn new(value: T) -> Self {
        OwnerLock {
            value: BriefLock::new(value),
            others: Mutex::new(()),
        }
    }

    /// For the owner: shows `f` the value. Quick, and so must `f` be.
    #[inline(always)]
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        match self.value.try_lock() {
            Some(mut value) => f(&mut value),
            None => f(&mut self.wait_for_others()),
        }
    }

    /// For everybody else: the owner waits meanwhile, if it needs the value.
    pub(super) fn look<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let _alone = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        f(&mut self.value.lock())
    }

    #[cold]
    #[inline(never)]
    fn wait_for_others(&self) -> Brief<'_, T> {
        loop {
            // Not for long after this is the value taken.
            drop(self.others.lock().unwrap_or_else(PoisonError::into_inner));
            if let Some(value) = self.value.try_lock() {
                return value;
            }
            yield_now();
        }
    }
}
