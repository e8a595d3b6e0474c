//! The macros as plain functions of tokens, in a library that is no proc-macro crate: its root, beside
//! `lib.rs`, for the fuzzer in `fuzz/`.
#![allow(missing_docs)]

mod attr;
mod completion;
mod durations;
mod gather;
mod input;
mod lint;
mod once;
mod over;
mod site;
mod task_group;
mod timers;
mod tree;
mod wait_first;
mod walk;
mod words;

use proc_macro2::TokenStream;

pub type Bang = fn(TokenStream) -> TokenStream;
pub type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

pub const BANGS: [Bang; 6] = [
    gather::gather,
    wait_first::wait_first,
    timers::wait_for,
    timers::sleep,
    timers::duration,
    task_group::misused,
];

pub const ATTRIBUTES: [Attribute; 3] = [attr::timeout, attr::main, attr::test];
