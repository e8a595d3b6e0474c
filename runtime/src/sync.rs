//! Atomics and locks, which the model checker replaces by its own.

#[cfg(feature = "tokio")]
pub(crate) use std::cell::Cell;
#[cfg(feature = "tokio")]
pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
#[cfg(feature = "tokio")]
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use std::sync::atomic::AtomicBool;
pub(crate) use std::thread::yield_now;

/// A cell with the interface of the model checker's.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
