//! The macros in a crate of edition 2024.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
// What the expansions are made of is checked, not what this file looks like.
#![allow(
    clippy::future_not_send,
    clippy::let_underscore_future,
    clippy::many_single_char_names,
    clippy::needless_pass_by_ref_mut,
    clippy::redundant_pub_crate,
    clippy::unused_async,
    clippy::useless_vec
)]
#![cfg_attr(not(test), allow(dead_code))]

#[path = "../../surface.rs"]
mod surface;
