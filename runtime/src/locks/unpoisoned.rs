//! A mutex without poisoning, for what is held for a few instructions. The standard one asks whether the thread
//! panics whenever it is taken and given back, which takes longer than that.
//!
//! # Why this is sound
//!
//! Whoever has a [`Guard`] has changed `state` from `FREE` (`Acquire`), and nobody else does so until the drop of
//! the guard sets it to `FREE` again (`Release`): so there is one at a time, and each sees what the one before it
//! did. Model-checked: `tests/loom_unpoisoned.rs`.
#![allow(unsafe_code)]

use super::sync::{AtomicU8, Condvar, Mutex, Ordering};
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::PoisonError;

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Taken, and somebody may wait for it.
const AWAITED: u8 = 2;

/// How often one looks again before it waits: mostly that is long enough.
const LOOKS: usize = if cfg!(loom) { 0 } else { 100 };

/// A mutex without poisoning.
pub(crate) struct Unpoisoned<T> {
    turn: Turn,
    value: UnsafeCell<T>,
}

// SAFETY: as of a mutex.
unsafe impl<T: Send> Sync for Unpoisoned<T> {}
// As of a mutex: what a panic leaves behind is the business of who has it.
impl<T> UnwindSafe for Unpoisoned<T> {}
impl<T> RefUnwindSafe for Unpoisoned<T> {}

/// Whose turn it is.
struct Turn {
    state: AtomicU8,
    /// Held by who is about to wait, and by who is about to wake it.
    gate: Mutex<()>,
    freed: Condvar,
}

impl<T> Unpoisoned<T> {
    const_fn! {
        pub(crate) fn new(value: T) -> Self {
            Unpoisoned {
                turn: Turn {
                    state: AtomicU8::new(FREE),
                    gate: Mutex::new(()),
                    freed: Condvar::new(),
                },
                value: UnsafeCell::new(value),
            }
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        if !self.turn.try_take() {
            self.turn.wait();
        }
        Guard {
            mutex: self,
            value: PhantomData,
        }
    }
}

impl Turn {
    #[inline]
    fn try_take(&self) -> bool {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.state
            .compare_exchange(FREE, TAKEN, success, failure)
            .is_ok()
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        for _ in 0..LOOKS {
            if self.state.load(Ordering::Relaxed) == FREE && self.try_take() {
                return;
            }
            std::hint::spin_loop();
        }
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether others wait as well is not known: so it is given back as one that is awaited.
        while self.state.swap(AWAITED, Ordering::Acquire) != FREE {
            let woken = self.freed.wait(gate);
            gate = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    #[inline]
    fn give_back(&self) {
        if self.state.swap(FREE, Ordering::Release) == AWAITED {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        // Who has said that it waits holds this until it does.
        drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.freed.notify_one();
    }
}

/// The value is for who has this.
pub(crate) struct Guard<'a, T> {
    mutex: &'a Unpoisoned<T>,
    // It can be sent and shared as a reference of this kind can.
    value: PhantomData<&'a mut T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this is the only guard, and borrowed as its value is.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.turn.give_back();
    }
}
