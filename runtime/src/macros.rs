//! The function-like macros: each passes the path of this crate on to its procedural macro, so that
//! they work under any name and through any re-export.

/// Runs futures side by side and gives all their results: `asyncio.gather`.
#[macro_export]
macro_rules! gather {
    ($($arguments:tt)*) => { $crate::__private::macros::gather! { [$crate] $($arguments)* } };
}
