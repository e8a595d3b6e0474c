//! The procedural macros of the `asyncio` crate.
//!
//! Depend on `asyncio`, which re-exports and documents them: what they expand to names items of that
//! crate, so this one is of no use alone.

mod durations;
mod input;
mod over;
mod words;
