//! Python's asyncio for Rust, on Tokio.
#![cfg_attr(docsrs, feature(doc_cfg))]

// The attributes' expansions say `::asyncio::..`; this makes that true inside this crate as well.
#[allow(unused_extern_crates)]
extern crate self as asyncio;

mod as_completed;
#[cfg(feature = "tokio")]
mod attributes;
pub mod blocking;
mod cancel_scope;
mod canceller;
mod combine;
mod durations;
#[cfg(feature = "tokio")]
mod events;
mod exceptions;
mod gather;
pub mod locks;
mod macros;
mod outcome;
pub mod queues;
mod race;
#[cfg(feature = "tokio")]
pub(crate) mod runners;
pub(crate) mod scope;
#[cfg(feature = "tokio")]
mod sleep;
mod taskgroups;
#[cfg(feature = "tokio")]
mod tasks;
#[cfg(feature = "tokio")]
mod timeouts;
#[cfg(feature = "tokio")]
mod wait;
mod wakers;
mod wakes;

pub mod futures;
pub mod guide;

#[doc(hidden)]
pub mod __private;

pub use as_completed::as_completed;
#[cfg(feature = "test-util")]
pub use attributes::test;
#[cfg(feature = "tokio")]
pub use attributes::{main, timeout};
pub use cancel_scope::{CancelScope, CancelScopeRun};
pub use canceller::Canceller;
pub use durations::IntoDuration;
pub use exceptions::{
    AlreadyBorrowedError, BrokenBarrierError, CancelledError, GetError, InvalidStateError,
    PutError, QueueEmpty, QueueFull, QueueShutDown, TimeoutError, ValueError,
};
pub use locks::{Barrier, BoundedSemaphore, CapacityLimiter, Condition, Event, Lock, Semaphore};
pub use outcome::Outcome;
pub use queues::{LifoQueue, PriorityQueue, Queue, Receiver, Sender, channel};
pub use scope::{
    AsyncExit, AsyncGuard, Exit, Finally, FinallyLocal, LocalAsyncExit, enter, finally,
    finally_local, scope, with, with_local,
};
pub use taskgroups::{
    ChildOutput, ExceptionGroup, Flavour, GroupHandle, GroupTask, IntoErrors, Local, Sendable,
    Start, TaskGroup, TaskStatus,
};

#[cfg(feature = "tokio")]
pub use {
    events::{ExceptionContext, set_exception_handler},
    runners::{KeyboardInterrupt, Runner, run},
    sleep::sleep,
    tasks::{
        Shield, Task, TaskBuilder, TaskHandle, TaskId, TaskOutcome, all_tasks, create_local_task,
        create_task, current_task, remaining, shield,
    },
    timeouts::{MoveOn, Timeout, TimeoutHandle, move_on_after, timeout, timeout_at, wait_for},
    wait::{ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, ReturnWhen, wait},
};
