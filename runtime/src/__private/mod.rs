//! What the expansions of the macros may name. Not covered by semantic versioning.

pub use asyncio_macros as macros;
pub use core;

/// For rust-analyzer: the arguments of a macro that could not be expanded.
#[doc(hidden)]
#[macro_export]
macro_rules! __half_typed {
    ($($arguments:tt)*) => {
        let _ = ($($arguments)*);
    };
}
pub use __half_typed as half_typed;
