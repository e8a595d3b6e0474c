//! What CPython's asyncio does, item by item, and what this crate does instead where it differs.
//!
//! * [`golden`]: the items, and what CPython answered to the probe of each.
//! * [`states`]: which items conform, which deviate on purpose, which have no meaning in Rust.
//! * [`probe`]: what the probes are written with, on the virtual clock.
//! * [`child`]: re-enactments in a process of their own.
//! * [`complete`]: whether the table is.
//! * [`exceptions`]: our errors by asyncio's names.
//! * [`table`]: all that as Markdown; [`docs`]: where the documentation has it.
//!
//! The items themselves are re-enacted in `tests/items`.

#[cfg(unix)]
pub mod child;
pub mod complete;
pub mod docs;
pub mod exceptions;
pub mod golden;
pub mod item;
pub mod probe;
pub mod states;
pub mod table;
pub mod worker;
