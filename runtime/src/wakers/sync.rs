//! Atomics and locks: the standard ones, or those of the model checker.

#[cfg(not(all(test, loom)))]
pub(super) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU8, AtomicU64},
};

#[cfg(all(test, loom))]
pub(super) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU8, AtomicU64},
};

#[cfg(all(test, loom))]
pub(super) use loom::cell::UnsafeCell;

#[cfg(not(all(test, loom)))]
pub(super) use crate::sync::UnsafeCell;

/// Locks. Nothing in this module panics while it holds a lock, so none is ever poisoned.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
