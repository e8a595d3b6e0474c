//! What most tasks never need, in one word: allocated by whoever first does.
//!
//! # Why this is sound
//!
//! The pointer goes from null to one box, once, and stays so until the `Lazy` is dropped, which takes
//! exclusive access. Whoever sees it sees what was written before the compare-and-swap that set it
//! (`Release`), as it is read with `Acquire`. Model-checked: `tests/loom_tasks.rs`.
#![allow(unsafe_code)]

use crate::sync::AtomicPtr;
use std::marker::PhantomData;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// A box that is made when it is first asked for. Half as large as a `OnceLock` of a box.
pub(super) struct Lazy<T> {
    pointer: AtomicPtr<T>,
    /// What it can be shared for is what this can: whoever comes first makes the value, wherever that is.
    value: PhantomData<OnceLock<Box<T>>>,
}

impl<T> Lazy<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Lazy::of(ptr::null_mut())
    }

    /// One that is made already.
    pub(super) fn with(value: Box<T>) -> Self {
        Lazy::of(Box::into_raw(value))
    }

    #[inline]
    fn of(pointer: *mut T) -> Self {
        Lazy {
            pointer: AtomicPtr::new(pointer),
            value: PhantomData,
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        let pointer = self.pointer.load(Ordering::Acquire);
        // SAFETY: null or the box, which lives as long as `self`.
        unsafe { pointer.as_ref() }
    }

    pub(super) fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.init(Box::new(init())),
        }
    }

    #[cold]
    fn init(&self, value: Box<T>) -> &T {
        let made = Box::into_raw(value);
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let set = self
            .pointer
            .compare_exchange(ptr::null_mut(), made, success, failure);
        let pointer = match set {
            Ok(_) => made,
            Err(earlier) => {
                // SAFETY: it was made here, and nobody else has seen it.
                drop(unsafe { Box::from_raw(made) });
                earlier
            }
        };
        // SAFETY: it is the box, which lives as long as `self`.
        unsafe { &*pointer }
    }
}

impl<T> Drop for Lazy<T> {
    #[inline]
    fn drop(&mut self) {
        let pointer = self.pointer.load(Ordering::Acquire);
        if !pointer.is_null() {
            // SAFETY: it comes from `Box::into_raw`, and nobody has a reference any more.
            drop_boxed(unsafe { Box::from_raw(pointer) });
        }
    }
}

#[cold]
#[inline(never)]
fn drop_boxed<T>(value: Box<T>) {
    drop(value);
}
