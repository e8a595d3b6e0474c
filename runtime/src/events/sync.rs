//! What the model checker replaces.

pub(super) use crate::sync::UnsafeCell;
pub(super) use std::cell::Cell;
pub(super) use std::sync::atomic::AtomicUsize;
pub(super) use std::sync::{Mutex, MutexGuard};
pub(super) use std::thread_local;

/// A static.
macro_rules! global {
    (static $name:ident: $type:ty = $value:expr;) => {
        static $name: $type = $value;
    };
}

pub(super) use global;
