//! The procedural macros of the `asyncio` crate.
//!
//! Depend on `asyncio`, which re-exports and documents them: what they expand to names items of that
//! crate, so this one is of no use alone.

mod attr;
mod completion;
mod durations;
mod gather;
#[cfg(test)]
mod half_typed;
mod input;
#[cfg(test)]
mod junk;
mod lint;
mod once;
mod over;
#[cfg(test)]
mod page;
mod site;
mod task_group;
#[cfg(test)]
mod testing;
mod timers;
mod tree;
mod wait_first;
mod walk;
mod words;

use proc_macro::TokenStream;

/// Futures side by side, all of their results.
#[proc_macro]
pub fn gather(input: TokenStream) -> TokenStream {
    gather::gather(input.into()).into()
}

/// A duration literal as a constant.
#[proc_macro]
pub fn duration(input: TokenStream) -> TokenStream {
    timers::duration(input.into()).into()
}

/// Sleeps for a duration literal.
#[proc_macro]
pub fn sleep(input: TokenStream) -> TokenStream {
    timers::sleep(input.into()).into()
}

/// A future with a time limit.
#[proc_macro]
pub fn wait_for(input: TokenStream) -> TokenStream {
    timers::wait_for(input.into()).into()
}

/// A function with a time limit.
#[proc_macro_attribute]
pub fn timeout(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attr::timeout(arguments.into(), item.into()).into()
}

/// A `main` that runs on an event loop.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attr::main(arguments.into(), item.into()).into()
}

/// A test that runs on an event loop.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attr::test(arguments.into(), item.into()).into()
}

/// Whichever is done first.
#[proc_macro]
pub fn wait_first(input: TokenStream) -> TokenStream {
    wait_first::wait_first(input.into()).into()
}

/// What is wrong with a `task_group!`.
#[proc_macro]
pub fn task_group(input: TokenStream) -> TokenStream {
    task_group::misused(input.into()).into()
}
