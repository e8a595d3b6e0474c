//! Chapters of the book, as pages whose code compiles.

#[doc = include_str!("cancellation.md")]
pub mod cancellation {}

#[doc = include_str!("conformance.md")]
pub mod conformance {}

#[cfg(feature = "test-util")]
pub mod names {
    // Names that the page links to are looked up here: one that goes away breaks the page.
    #![doc = include_str!("names.md")]
    #[allow(unused_imports)]
    use crate::*;
}

#[doc = include_str!("expansions.md")]
pub mod expansions {}

#[cfg(feature = "tokio")]
#[doc = include_str!("errors.md")]
pub mod errors {}
