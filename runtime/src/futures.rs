//! The futures that functions and macros of this crate give, by name: for struct fields, and for
//! those who implement a trait.

#[doc(no_inline)]
pub use crate::cancel_scope::{CancelScopeRun, CancelledBy};
#[doc(no_inline)]
pub use crate::scope::ScopeFuture;
#[doc(no_inline)]
pub use crate::taskgroups::{GroupTask, Run, Start};
#[cfg(feature = "tokio")]
#[doc(no_inline)]
pub use crate::{
    sleep::Sleep,
    staggered::StaggeredRace,
    tasks::{CancelOnDrop, Shield, TaskFinished, TaskOutcome},
    threads::{RunInExecutor, ToThread},
    timeouts::{MoveOn, Timeout},
};

pub use crate::as_completed::{AsCompleted, Next};
pub use crate::contextvars::InContext;
pub use crate::gather::tuple::*;
pub use crate::gather::{All, Gather, Gathered, TryAll, TryGathered};
#[doc(no_inline)]
pub use crate::locks::{
    BarrierWait, CapacityAcquire, CapacityAcquireOnBehalfOf, ConditionWait, ConditionWaitFor,
    EventWait, LockAcquire, LockAcquireOwned, SemaphoreAcquire, SemaphoreAcquireOwned,
};
#[doc(no_inline)]
pub use crate::queues::{
    NextItem, QueueGet, QueueGetJob, QueueItems, QueueJoin, QueuePut, ReceiverGet,
};
pub use crate::race::{
    Race1, Race2, Race3, Race4, Race5, Race6, Race7, Race8, Race9, Race10, Race11, Race12,
};
#[cfg(feature = "tokio")]
pub use crate::wait::{
    Pending1, Pending2, Pending3, Pending4, Pending5, Pending6, Pending7, Pending8, Pending9,
    Pending10, Pending11, Pending12, Rest, Wait, WaitFirst, WaitFirstOf,
};

mod callbacks;
mod setter;
mod shared;
mod value;

#[cfg(feature = "tokio")]
#[doc(no_inline)]
pub use crate::streams::{
    NextLine, Read, ReadExactly, ReadLine, ReadToEof, ReadUntil, WaitClosed, WriterDrain,
};
#[cfg(feature = "tokio")]
#[doc(no_inline)]
pub use crate::subprocess::{ProcessWait, Spawn};
pub use callbacks::CallbackId;
pub use setter::{FutureSetter, SetResultError};
pub use value::{FutureValue, create_future};
