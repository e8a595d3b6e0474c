//! Python's asyncio for Rust, on Tokio.
#![cfg_attr(docsrs, feature(doc_cfg))]

// The attributes' expansions say `::asyncio::..`; this makes that true inside this crate as well.
extern crate self as asyncio;

mod combine;
mod durations;
mod exceptions;
mod gather;
pub mod locks;
mod macros;
mod race;
pub(crate) mod scope;
#[cfg(feature = "tokio")]
mod tasks;
mod wakers;

pub mod futures;

#[doc(hidden)]
pub mod __private;

pub use durations::IntoDuration;
pub use exceptions::{CancelledError, TimeoutError, ValueError};
pub use locks::{BoundedSemaphore, Condition, Event, Lock, Semaphore};
#[cfg(feature = "tokio")]
pub use tasks::Task;
