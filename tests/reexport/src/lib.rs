//! A library that its users know, and asyncio behind it that they do not.
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

/// What the users of this library get to see of asyncio.
pub mod rt {
    pub use asyncio;
    pub use asyncio::{gather, sleep, timeout, wait_first, wait_for};
}

/// Two futures, for at most a second.
#[macro_export]
macro_rules! both_in_a_second {
    ($a:expr, $b:expr $(,)?) => {
        $crate::rt::wait_for!($crate::rt::gather!($a, $b), 1s)
    };
}

/// An async function with a limit of a second.
#[macro_export]
macro_rules! limited {
    ($(#[$attr:meta])* async fn $name:ident($($arg:ident: $ty:ty),*) -> $output:ty $body:block) => {
        $(#[$attr])*
        #[$crate::rt::asyncio::timeout(1s, crate = $crate::rt::asyncio)]
        async fn $name($($arg: $ty),*) -> $output $body
    };
}

/// An async function with this limit.
#[macro_export]
macro_rules! limited_to {
    ($limit:literal, $or:expr, async fn $name:ident() -> $output:ty $body:block) => {
        #[$crate::rt::asyncio::timeout($limit, or = $or, crate = $crate::rt::asyncio)]
        async fn $name() -> $output $body
    };
}
