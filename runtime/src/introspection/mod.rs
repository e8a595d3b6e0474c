//! Which task waits for what, from inside of the program and from outside.
//!
//! Every task has a name, an id and a place where it was spawned. With introspection on it is also known
//! what each task waits for: a sleep and how long still, which lock and who holds it, which queue, which
//! task, which branches of which [`gather!`](crate::gather!), [`wait_first!`](crate::wait_first!) or task
//! group, by how they are written and where, under which time limit. Tasks that wait for each other in a
//! circle are named as the deadlock that they are.
//!
//! * **Switched on** by [`enable`], or by `ASYNCIO_INTROSPECT=1` in the environment. Off, it costs one
//!   read of a byte per poll of a task. On, 3 % of spawning and awaiting a task that does nothing. An `#[asyncio::test]`
//!   switches it on, unless `ASYNCIO_INTROSPECT=0` is in the environment.
//! * **From inside**: [`capture_call_graph`](crate::capture_call_graph),
//!   [`print_call_graph`](crate::print_call_graph), [`Task::call_graph`](crate::Task::call_graph).
//! * **From outside**: `asyncio ps PID` and `asyncio pstree PID`, of a program that [`serve`]s, or that was
//!   started with `ASYNCIO_INTROSPECT=1` (Unix only). The command comes with
//!   `cargo install asyncio-cli`.
//!
//! # What is not known
//!
//! Futures of other crates say nothing of what they wait for: that is [`Waiting::ForUnknown`]. What is polled
//! by a foreign container that has wakers of its own, such as `FuturesUnordered`, is known only from the
//! last poll of the task. Tasks that were spawned by Tokio's own functions are not listed.

#[cfg(unix)]
mod directory;
#[cfg(unix)]
mod serve;

#[cfg(unix)]
pub use serve::{Serving, serve};
#[cfg(unix)]
pub(crate) use serve::{serve_for_environment, serve_without_runner};

pub use crate::graph::{
    BranchGraph, BranchesWait, CallGraph, Deadlock, GroupId, LineWait, StuckTask, TaskGraph,
    TaskState, Waiting, enable, is_enabled,
};
