//! What tells callbacks apart.

use std::sync::atomic::{AtomicU64, Ordering};

/// A callback that was added by `add_done_callback`, to remove it again: Python compares functions for
/// that, which closures in Rust cannot be.
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// let (setter, future) = asyncio::create_future();
/// let callback = future.add_done_callback(|| unreachable!());
/// assert!(future.remove_done_callback(callback));
/// assert!(!future.remove_done_callback(callback));
/// setter.set_result(1).unwrap();
/// # assert_eq!(future.await, Ok(1));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallbackId(u64);

impl CallbackId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        CallbackId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
