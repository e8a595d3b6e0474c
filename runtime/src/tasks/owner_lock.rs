//! A lock for what one thread changes all the time, and others look at now and then.
//!
//! The owner takes it by one exchange, and gives it back by a store. It waits for the others, if it has to,
//! by the mutex that they hold while they look; they wait for the owner by trying again, as it never has it
//! for long.
//!
//! # Why this is sound
//!
//! Whoever touches the value has set `taken` from false to true (`Acquire`), and sets it to false afterwards
//! (`Release`), also on unwind: so there is one at a time, and each sees what the one before it did.
//! Model-checked: `tests/loom_tasks.rs`.
#![allow(unsafe_code)]

use super::sync::{AtomicBool, Mutex, UnsafeCell, yield_now};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// A lock that favours one thread.
pub(super) struct OwnerLock<T> {
    taken: AtomicBool,
    /// Held by whoever looks, for as long as it does.
    others: Mutex<()>,
    value: UnsafeCell<T>,
}

// SAFETY: as of a mutex.
unsafe impl<T: Send> Sync for OwnerLock<T> {}

impl<T> OwnerLock<T> {
    pub(super) fn new(value: T) -> Self {
        OwnerLock {
            taken: AtomicBool::new(false),
            others: Mutex::new(()),
            value: UnsafeCell::new(value),
        }
    }

    /// For the owner: shows `f` the value. Quick, and so must `f` be.
    #[inline(always)]
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        if !self.take() {
            self.wait_for_others();
        }
        self.with_taken(f)
    }

    #[inline(always)]
    fn take(&self) -> bool {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.taken
            .compare_exchange(false, true, success, failure)
            .is_ok()
    }

    /// For everybody else: the owner waits meanwhile, if it needs the value.
    pub(super) fn look<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let _alone = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.take() {
            yield_now();
        }
        self.with_taken(f)
    }

    /// `taken` was set by this thread.
    #[inline(always)]
    fn with_taken<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        struct GiveBack<'a>(&'a AtomicBool);
        impl Drop for GiveBack<'_> {
            #[inline(always)]
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        let _give_back = GiveBack(&self.taken);
        // SAFETY: this thread has set `taken`, and has the value for itself until that is given back.
        self.value.with_mut(|value| f(unsafe { &mut *value }))
    }

    #[cold]
    #[inline(never)]
    fn wait_for_others(&self) {
        loop {
            // Not for long after this is the value taken.
            drop(self.others.lock().unwrap_or_else(PoisonError::into_inner));
            if self.take() {
                return;
            }
            yield_now();
        }
    }
}
