//! The function-like macros: each passes the path of this crate on to its procedural macro, so that
//! they work under any name and through any re-export.

/// Runs futures side by side and gives all their results: `asyncio.gather`.
#[macro_export]
macro_rules! gather {
    ($($arguments:tt)*) => { $crate::__private::macros::gather! { [$crate] $($arguments)* } };
}

/// A [`Duration`](std::time::Duration) literal, usable wherever a constant is.
///
/// The units are `d`, `h`, `m` (minutes), `s`, `ms`, `us` (or `µs`) and `ns`, from large to small; the
/// last part may have a fraction. Functions of this crate also take a plain number of seconds.
///
/// # Examples
///
/// ```
/// use asyncio::duration;
/// use std::time::Duration;
///
/// const LIMIT: Duration = duration!(1h30m);
///
/// assert_eq!(LIMIT, Duration::from_secs(5400));
/// assert_eq!(duration!(1.5s), Duration::from_millis(1500));
/// assert_eq!(duration!(100µs), duration!(100us));
/// ```
#[macro_export]
macro_rules! duration {
    ($($arguments:tt)*) => { $crate::__private::macros::duration! { [$crate] $($arguments)* } };
}

/// [`sleep`](fn@crate::sleep) with a duration literal: `asyncio.sleep`.
///
/// Takes what [`duration!`](crate::duration!) takes, or an expression that is
/// [`IntoDuration`](crate::IntoDuration).
///
/// # Examples
///
/// ```
/// use asyncio::sleep;
///
/// # #[asyncio::main]
/// # async fn main() {
/// sleep!(10ms).await; // expands to `sleep(Duration::new(0, 10_000_000))`
/// # }
/// ```
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! sleep {
    ($($arguments:tt)*) => { $crate::__private::macros::sleep! { [$crate] $($arguments)* } };
}

/// [`wait_for`](fn@crate::wait_for) with a duration literal: `asyncio.wait_for`.
///
/// The limit is what [`duration!`](crate::duration!) takes, or an expression that is
/// [`IntoDuration`](crate::IntoDuration). For the body of a whole function there is
/// [`#[timeout]`](macro@crate::timeout).
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, wait_for};
///
/// # #[asyncio::main]
/// # async fn main() {
/// let late = wait_for!(sleep(60), 10ms).await;
/// assert_eq!(late.unwrap_err().to_string(), "timed out after 10ms");
///
/// let patience = 2.5; // seconds
/// assert_eq!(wait_for!(async { 1 }, patience).await, Ok(1));
/// # }
/// ```
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! wait_for {
    ($($arguments:tt)*) => { $crate::__private::macros::wait_for! { [$crate] $($arguments)* } };
}

/// Waits for the first of several tasks, or races futures: `asyncio.wait(.., return_when=FIRST_COMPLETED)`.
#[macro_export]
macro_rules! wait_first {
    ($($arguments:tt)*) => { $crate::__private::macros::wait_first! { [$crate] $($arguments)* } };
}
