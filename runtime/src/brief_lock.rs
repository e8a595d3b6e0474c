//! A lock for what is held no longer than it takes to move a few words.
//!
//! It is taken by one exchange, and given back by a store: half of what a mutex takes, which has to find out
//! whether it must wake somebody. So nobody is woken: who comes while it is taken tries again, in the time of
//! another thread, and, where that did not help, asleep in between. Where code that is not ours runs under it, as
//! the comparisons of a priority queue do, that may be long, but is not for ever.
//!
//! # Why this is sound
//!
//! Whoever touches the value has set `taken` from false to true (`Acquire`), and sets it to false afterwards
//! (`Release`), also on unwind: so there is one at a time, and each sees what the one before it did.
//! Model-checked: `tests/loom_tasks.rs`.
#![allow(unsafe_code)]

use crate::sync::{AtomicBool, UnsafeCell, yield_now};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// A value for one at a time. A panic leaves it as it is.
pub(crate) struct BriefLock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: as of a mutex.
unsafe impl<T: Send> Sync for BriefLock<T> {}

impl<T> UnwindSafe for BriefLock<T> {}
impl<T> RefUnwindSafe for BriefLock<T> {}

/// How often the time of another thread is waited for, before it sleeps.
const YIELDS: u32 = 100;

/// How long it sleeps: longer than what the lock is for.
const SLEEP: Duration = Duration::from_micros(50);

impl<T> BriefLock<T> {
    #[cfg(not(all(test, loom)))]
    pub(crate) const fn new(value: T) -> Self {
        BriefLock {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    #[cfg(all(test, loom))]
    pub(crate) fn new(value: T) -> Self {
        BriefLock {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// The value, if nobody has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<Brief<'_, T>> {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        let taken = self
            .taken
            .compare_exchange(false, true, success, failure)
            .is_ok();
        taken.then(|| Brief {
            lock: self,
            thread: PhantomData,
        })
    }

    /// The value, as soon as nobody has it.
    #[inline(always)]
    pub(crate) fn lock(&self) -> Brief<'_, T> {
        match self.try_lock() {
            Some(brief) => brief,
            None => self.wait(),
        }
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) -> Brief<'_, T> {
        let mut tries = 0;
        loop {
            if tries < YIELDS {
                yield_now();
            } else {
                thread::sleep(SLEEP);
            }
            if let Some(brief) = self.try_lock() {
                return brief;
            }
            tries += 1;
        }
    }
}

/// What a [`BriefLock`] holds, until this is dropped.
pub(crate) struct Brief<'a, T> {
    lock: &'a BriefLock<T>,
    /// Who has it gives it back: it is not sent while somebody waits for this thread.
    thread: PhantomData<*const ()>,
}

// SAFETY: shared it gives the value shared.
unsafe impl<T: Sync> Sync for Brief<'_, T> {}

impl<T> Deref for Brief<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: `taken` was set for this, so nobody else has the value.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for Brief<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for Brief<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.taken.store(false, Ordering::Release);
    }
}
