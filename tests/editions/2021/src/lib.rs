//! The macros in a crate of edition 2021.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
// What the expansions are made of is checked, not what this file looks like.
#![allow(
    clippy::many_single_char_names,
    clippy::redundant_pub_crate,
    clippy::unused_async
)]
#![cfg_attr(not(test), allow(dead_code))]

#[path = "../../surface.rs"]
mod surface;
