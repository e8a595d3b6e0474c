//! What most programs use, for `use asyncio::prelude::*`.
//!
//! Without the attributes `main`, `test` and `timeout`: a glob import of those would be ambiguous with
//! Rust's own `#[test]`, or hide what `#[timeout]` is. Write them with their path, as in
//! `#[asyncio::main]`, or import them by name. The function [`timeout`](crate::timeout()) shares its name
//! with the attribute, so it is not here either; [`wait_for`](crate::wait_for()) is.
//!
//! # Examples
//!
//! ```
//! use asyncio::prelude::*;
//!
//! #[asyncio::main]
//! async fn main() {
//!     let (a, b) = gather!(async { 1 }, async { 2 }).await;
//!     let task = create_task(async move { a + b });
//!     assert_eq!(task.await, Ok(3));
//! }
//! ```

pub use crate::{
    AsyncExit, CancelScope, CancelledError, ExceptionGroup, Exit, IntoDuration, Outcome, TaskGroup,
    TimeoutError, duration, enter, finally, gather, scope, task_group, wait_first, with,
};

#[cfg(feature = "tokio")]
pub use crate::{
    Task, all_tasks, as_completed, create_local_task, create_task, current_task, move_on_after,
    shield, sleep, timeout_at, to_thread, wait, wait_for,
};
