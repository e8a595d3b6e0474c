//! Python's asyncio for Rust, on Tokio.
//!
//! Several futures side by side, in place, without `'static` or `Send`; the first error ends them all:
//!
//! ```
//! # use asyncio::{gather, sleep};
//! # async fn user(id: u32) -> Result<String, std::io::Error> { Ok(format!("user {id}")) }
//! # async fn posts(id: u32) -> Result<Vec<u32>, std::io::Error> { sleep(0.001).await; Ok(vec![id]) }
//! # #[asyncio::main]
//! # async fn main() -> Result<(), std::io::Error> {
//! let (user, posts) = gather!(user(7), posts(7)).await?;
//! # assert_eq!((user.as_str(), posts), ("user 7", vec![7]));
//! # Ok(())
//! # }
//! ```
//!
//! A race, of which the losers are dropped and cleaned up before the winner's block runs:
//!
//! ```
//! # use asyncio::{sleep, wait_first};
//! # #[asyncio::main]
//! # async fn main() {
//! # let (tx, mut inbox) = tokio::sync::mpsc::channel(1);
//! # tx.send("hello").await.unwrap();
//! let greeting = wait_first!(if let Some(message) = inbox.recv() {
//!     message
//! } else if let _ = sleep(1) {
//!     "nobody spoke"
//! } else {
//!     "nobody is there"
//! });
//! # assert_eq!(greeting, "hello");
//! # }
//! ```
//!
//! Cleanup that awaits, whatever ends the function: an error, a time-out, a cancellation, a panic:
//!
//! ```
//! # use asyncio::{finally, sleep, timeout};
//! # use std::sync::atomic::{AtomicBool, Ordering};
//! # static GONE: AtomicBool = AtomicBool::new(false);
//! # #[asyncio::main]
//! # async fn main() {
//! let result = timeout(0.01, async {
//!     let _guard = finally(async {
//!         sleep(0.01).await; // says good-bye to the server
//!         # GONE.store(true, Ordering::Relaxed);
//!     });
//!     sleep(60).await
//! })
//! .await;
//! assert!(result.is_err()); // and good-bye was said by now
//! # assert!(GONE.load(Ordering::Relaxed));
//! # }
//! ```
//!
//! # What is run where, and what ends it
//!
//! | | runs its children | on the first error | when it is dropped |
//! |---|---|---|---|
//! | [`gather!`] | in place | drops the others, awaits their cleanup | drops them, hands their cleanup over |
//! | [`wait_first!`] of tasks | are tasks | goes on | the tasks run on |
//! | [`wait_first!`] chain | in place | the first to finish decides | as `gather!` |
//! | [`task_group!`] | in place, `tg.spawn` in parallel | cancels all, awaits their cleanup | as `gather!` |
//! | [`timeout`](timeout()), `#[timeout]` | in place | – | as `gather!` |
//! | [`create_task`] | by itself | keeps it for whoever awaits | runs on; failures are reported |
//!
//! The [guide](guide::cancellation) says how cancellation works, and [which name of asyncio is
//! which](guide::names) here. [`run`] and
//! [`#[asyncio::main]`](macro@main) bring a single-threaded event loop; inside of any other Tokio runtime
//! everything but [`create_local_task`] works as it is.
//!
//! # Features
//!
//! * `tokio` (default): timers, tasks, the event loop, I/O, processes, signals. Without it `gather!`, the
//!   chain form of `wait_first!`, `task_group!`, scopes, locks and queues remain, for any executor.
//! * `tls`: TLS for [`streams`], by rustls.
//! * `rayon`: a `rayon::ThreadPool` is an [`Executor`].
//! * `tracing-spans`: each task has a `tracing` span, `task{name=..}` of the level DEBUG, inside of the span
//!   that was current where it was made; where that level is not wanted, the task runs in the latter.
//! * `tokio-console`: tokio-console sees tasks under their own names; needs
//!   `RUSTFLAGS="--cfg tokio_unstable"`, as it does itself.
//! * `test-util` (default): the virtual clock of [`#[asyncio::test]`](macro@test).
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without Tokio there are no tasks, and some of what scopes can do is for tasks.
#![cfg_attr(not(feature = "tokio"), allow(dead_code))]

// The attributes' expansions say `::asyncio::..`; this makes that true inside this crate as well.
#[allow(unused_extern_crates)]
extern crate self as asyncio;

mod as_completed;
#[cfg(feature = "tokio")]
mod attributes;
mod awaitable;
pub mod blocking;
mod brief_lock;
mod cancel_scope;
mod canceller;
mod combine;
mod contextvars;
mod durations;
#[cfg(feature = "tokio")]
mod events;
mod exceptions;
mod gather;
#[cfg(feature = "tokio")]
mod graph;
#[cfg(not(feature = "tokio"))]
#[path = "graph/off.rs"]
mod graph;
pub mod locks;
mod macros;
mod memory;
mod outcome;
mod place;
pub mod queues;
mod race;
#[cfg(feature = "tokio")]
pub(crate) mod runners;
pub(crate) mod scope;
#[cfg(feature = "tokio")]
mod sleep;
mod slot;
#[cfg(feature = "tokio")]
mod spared;
#[cfg(feature = "tokio")]
mod staggered;
#[cfg(feature = "tokio")]
pub mod streams;
#[cfg(feature = "tokio")]
pub mod subprocess;
mod sync;
mod taskgroups;
#[cfg(feature = "tokio")]
mod tasks;
#[cfg(feature = "tokio")]
mod threads;
#[cfg(feature = "tokio")]
mod timeouts;
#[cfg(feature = "tokio")]
mod wait;
mod wakers;
mod wakes;
#[cfg(feature = "tokio")]
mod watch;

pub mod futures;
pub mod guide;
#[cfg(feature = "tokio")]
pub mod introspection;
pub mod prelude;

#[doc(hidden)]
pub mod __private;

pub use as_completed::as_completed;
#[cfg(feature = "test-util")]
pub use attributes::test;
#[cfg(feature = "tokio")]
pub use attributes::{main, timeout};
pub use awaitable::Awaitable;
pub use cancel_scope::{CancelScope, CancelScopeRun, CancelledBy};
pub use canceller::Canceller;
pub use contextvars::{Context, ContextVar, Token, copy_context};
pub use durations::IntoDuration;
pub use exceptions::{
    AlreadyBorrowedError, BrokenBarrierError, CancelledError, GetError, InvalidStateError,
    PutError, QueueEmpty, QueueFull, QueueShutDown, TimeoutError, ValueError,
};
pub use futures::create_future;
pub use locks::{Barrier, BoundedSemaphore, CapacityLimiter, Condition, Event, Lock, Semaphore};
pub use outcome::Outcome;
pub use queues::{LifoQueue, PriorityQueue, Queue, Receiver, Sender, channel};
pub use scope::{
    AsyncExit, AsyncGuard, Exit, Finally, FinallyLocal, LocalAsyncExit, WithBody, enter, finally,
    finally_local, scope, with, with_local,
};
pub use taskgroups::{
    ChildOutput, ExceptionGroup, Flavour, GroupHandle, GroupTask, IntoErrors, Local, Origin,
    Sendable, Start, TaskGroup, TaskStatus,
};

/// The point in time that deadlines are given in: Tokio's, which a virtual clock can move.
#[cfg(feature = "tokio")]
#[doc(no_inline)]
pub use tokio::time::Instant;
#[cfg(feature = "tokio")]
pub use {
    events::{
        ExceptionContext, ExceptionHandler, Handle, LoopHandle, TimerHandle,
        call_exception_handler, default_exception_handler, get_running_loop, set_exception_handler,
    },
    graph::{capture_call_graph, format_call_graph, print_call_graph},
    runners::{KeyboardInterrupt, Runner, run},
    sleep::sleep,
    staggered::staggered_race,
    streams::{
        IncompleteReadError, LimitOverrunError, ReadError, Server, StreamReader, StreamWriter,
        open_connection, start_server,
    },
    subprocess::{Process, create_subprocess_exec, create_subprocess_shell},
    tasks::{
        Shield, Task, TaskBuilder, TaskHandle, TaskId, TaskOutcome, all_tasks, create_local_task,
        create_task, current_task, remaining, shield,
    },
    threads::{
        ConcurrentFuture, DefaultExecutor, Executor, Job, RunInExecutor, StopFlag, ToThread,
        WaitError, run_coroutine_threadsafe, run_in_executor, to_thread, to_thread_with,
    },
    timeouts::{MoveOn, Timeout, TimeoutHandle, move_on_after, timeout, timeout_at, wait_for},
    wait::{ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, ReturnWhen, wait},
};

#[cfg(all(unix, feature = "tokio"))]
pub use streams::{open_unix_connection, start_unix_server};
