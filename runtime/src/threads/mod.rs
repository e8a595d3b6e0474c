//! Threads: `Lib/asyncio/threads.py`, and what of executors is in `base_events.py`.
//!
//! | file | what |
//! |---|---|
//! | `call` | a call on another thread, and the future of its value |
//! | `executor` | what runs such calls: `run_in_executor` |
//! | `to_thread` | `to_thread`, `to_thread_with` |
//! | `stop` | the flag that asks a call to end |
//! | `concurrent` | the other way round: `run_coroutine_threadsafe` |

mod call;
mod concurrent;
mod executor;
mod stop;
mod to_thread;

pub use concurrent::{ConcurrentFuture, WaitError, run_coroutine_threadsafe};
pub use executor::{DefaultExecutor, Executor, Job, RunInExecutor, run_in_executor};
pub use stop::StopFlag;
pub use to_thread::{ToThread, to_thread, to_thread_with};

pub(crate) use call::{may_block, unfinished};
