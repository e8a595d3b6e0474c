//! What the expansions of the macros may name. Not covered by semantic versioning.
//!
//! The macros find out by method resolution what sort of thing an argument is: `probe(&x).__check()`
//! picks the first that applies of an inherent method, a trait on the probe, a trait on a reference to
//! it and a trait on a mutable reference to it. What it returns knows the message to show
//! (`refuse`) or how to go on. Traits of the user's may be in scope as well, for all
//! types, so the methods begin with `__`, other than inherent ones that take `self` by value, which
//! come first in any case.

mod durations;
mod errors;
mod keep;
mod kept;
mod kinds;
mod launch;
mod misfit;
mod outputs;
mod probe;
mod refuse;
mod returns;
mod spread;
#[cfg(feature = "tokio")]
mod tasks;

#[cfg(feature = "test-util")]
pub use crate::runners::{paused_runner, run_test};
#[cfg(feature = "tokio")]
pub use crate::wait::{
    Pending1, Pending2, Pending3, Pending4, Pending5, Pending6, Pending7, Pending8, Pending9,
    Pending10, Pending11, Pending12,
};
#[cfg(feature = "tokio")]
pub use crate::wait::{Remaining, Rest, Set, how, rest, wait_first};
pub use asyncio_macros as macros;
pub use core;
pub use durations::{probe_duration, probe_limited, probe_limited_awaited, probe_order};
pub use errors::{NeverFails, fixed, join};
pub use kept::{kept, not_first};
pub use launch::identity;
pub use probe::{probe, probe_awaited};
pub use returns::{ReturnType, Returning, call_once, probe_return};
pub use spread::probe_spread;
pub use std;
#[cfg(feature = "tokio")]
pub use tasks::{probe_set, probe_task};

/// What `task_group!` names.
pub mod groups {
    pub use crate::taskgroups::{BodyIsPlain, NoErrorNamed, body_kind, group_for};
}

/// The traits behind the probes. Expansions import them all, as `_`.
pub mod traits {
    pub use super::durations::{
        IsAwaitedYet as _, IsInOrder as _, IsNoDuration as _, IsNoFuture as _, IsOptional as _,
        IsReference as _, IsSeveral as _, IsUncalled as _,
    };
    pub use super::errors::CannotFail as _;
    pub use super::kept::ByReference as _;
    pub use super::misfit::IsMisfit as _;
    pub use super::outputs::IsNoTask as _;
    #[cfg(feature = "tokio")]
    pub use super::outputs::{IsMuteTask as _, IsPlainTask as _};
    pub use super::probe::{
        IsAwaited as _, IsCollection as _, IsFunction as _, IsOther as _, IsReferences as _,
        IsShared as _, IsUnpinned as _,
    };
    pub use super::returns::{IsNoResult as _, IsOption as _, IsOtherResult as _};
    pub use super::spread::{IsNoIterator as _, IsOfOthers as _, IsSingle as _};
    #[cfg(feature = "tokio")]
    pub use super::tasks::IsTaskSet as _;
    #[cfg(feature = "tokio")]
    pub use super::tasks::{IsFutureSet as _, IsNoSet as _};
}

/// For rust-analyzer: the arguments of a macro that could not be expanded.
#[doc(hidden)]
#[macro_export]
macro_rules! __half_typed {
    ($($arguments:tt)*) => {
        let _ = ($($arguments)*);
    };
}
pub use crate::gather::{
    Alone, AnyResult, Branch, Branches, FailsWith as BranchFailsWith, Group, all, try_all,
};
pub use crate::graph::Site;
pub use crate::race::{
    First1, First2, First3, First4, First5, First6, First7, First8, First9, First10, First11,
    First12, Race,
};
#[cfg(feature = "tokio")]
pub use crate::{__declare_pending as declare_pending, __pending as pending};
pub use __half_typed as half_typed;
