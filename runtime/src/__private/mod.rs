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
pub use crate::gather::{Branch, Branches, Group, all, try_all};
pub use crate::race::{
    First1, First2, First3, First4, First5, First6, First7, First8, First9, First10, First11,
    First12, Race,
};
pub use __half_typed as half_typed;
