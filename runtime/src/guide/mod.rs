//! Chapters of the book, as pages whose code compiles.

#[doc = include_str!("cancellation.md")]
pub mod cancellation {}
