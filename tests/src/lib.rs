//! What the tests of the macros count: how much rustc says about a mistake.

pub mod misuse;
