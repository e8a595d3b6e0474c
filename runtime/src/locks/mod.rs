//! Locks, events, conditions, semaphores and barriers: `asyncio.locks`, and Trio's `CapacityLimiter`.
//!
//! | asyncio | here | its guard |
//! |---|---|---|
//! | `Lock` | [`Lock<T>`], around the data it protects | [`LockGuard`], [`OwnedLockGuard`] |
//! | `Event` | [`Event`] | |
//! | `Condition` | [`Condition`], beside the `Lock` it is used with | the one of the lock |
//! | `Semaphore` | [`Semaphore`] | [`SemaphorePermit`], [`OwnedSemaphorePermit`] |
//! | `BoundedSemaphore` | [`BoundedSemaphore`] | the same, `SemaphorePermit<BoundedSemaphore>` |
//! | `Barrier` | [`Barrier`] | |
//! | (Trio) `CapacityLimiter` | [`CapacityLimiter`] | [`CapacityToken`] |
//!
//! They need no Tokio and no event loop, work between threads, and can stand in a `static`.
//!
//! **Order.** Waiters are let through first come, first served, and nobody overtakes them.
//!
//! **Cancellation.** Any of the futures can be dropped at any time: it leaves its line, and what it
//! was granted but had not returned yet goes to the next.
//!
//! **Cost.** What is free is taken by one atomic operation, without yielding to the executor and
//! without an allocation; the same to give it back. As such a future does not count against Tokio's
//! budget of a task either, a loop that never waits for anything else should `sleep(0)` now and then.
//!
//! **Panics.** There is no poisoning: a guard that is dropped by a panic releases as any other, as
//! `async with` does. Polling a future of this module again after it was done panics.

/// A `const fn`, except where the model checker compiles the file: its atomics have no such `new`.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility const fn $($rest)*
    };
}

mod barrier;
mod bounded_semaphore;
mod capacity_limiter;
mod condition;
mod event;
mod lock;
mod permits;
mod semaphore;
mod semaphore_permit;
pub(crate) mod waitlist;

/// What the model checker replaces.
mod sync {
    pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
    pub(super) use std::sync::{Mutex, MutexGuard};
}

pub use barrier::{Barrier, BarrierStatistics, BarrierWait};
pub use bounded_semaphore::{BoundedSemaphore, BoundedSemaphoreStatistics};
pub use capacity_limiter::{
    Borrower, CapacityAcquire, CapacityAcquireOnBehalfOf, CapacityLimiter,
    CapacityLimiterStatistics, CapacityToken,
};
pub use condition::{Condition, ConditionStatistics, ConditionWait, ConditionWaitFor};
pub use event::{Event, EventStatistics, EventWait};
pub use lock::{Lock, LockAcquire, LockAcquireOwned, LockGuard, LockStatistics, OwnedLockGuard};
pub use semaphore::{Semaphore, SemaphoreStatistics};
pub use semaphore_permit::{
    OwnedSemaphorePermit, SemaphoreAcquire, SemaphoreAcquireOwned, SemaphorePermit,
};
