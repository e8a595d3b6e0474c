//! The procedural macros of the `asyncio` crate.
//!
//! Depend on `asyncio`, which re-exports and documents them: what they expand to names items of that
//! crate, so this one is of no use alone.

mod durations;
mod gather;
mod input;
mod over;
mod tree;
mod words;

use proc_macro::TokenStream;

/// Futures side by side, all of their results.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    gather::gather(input.into()).into()
}
