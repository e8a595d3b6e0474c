//! Waiting for tasks: `asyncio.wait`.

mod again;
mod dynamic;
mod first;
mod pending;
mod set;

pub use dynamic::{ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, ReturnWhen, Wait, wait};
pub(crate) use first::wait_first_of;
pub use first::{Remaining, Rest, WaitFirst, WaitFirstOf, how, rest, wait_first};
pub use pending::{
    Pending1, Pending2, Pending3, Pending4, Pending5, Pending6, Pending7, Pending8, Pending9,
    Pending10, Pending11, Pending12,
};
pub use set::Set;
pub(crate) use set::{AsItIs, Flattened};

use crate::{CancelledError, Task};
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// A task, owned or borrowed: what can be waited for without being lost.
pub trait AnyTask: Future<Output = Result<Self::Value, CancelledError>> + Unpin {
    /// What the task returns.
    type Value;

    /// Whether the task is done, and a wake-up when it is. Its outcome stays where it is.
    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Whether there is a need to poll it, in which case there may be. `again`: it was polled before, with this
    /// waker.
    fn has_news(&self, waker: &Waker, again: bool) -> bool;

    /// Cancels the task; false if it was done already.
    fn cancel(&self) -> bool;
}

impl<T> AnyTask for Task<T> {
    type Value = T;

    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Task::poll_awaited(self, cx)
    }

    #[inline]
    fn has_news(&self, waker: &Waker, again: bool) -> bool {
        Task::has_news(self, waker, again)
    }

    fn cancel(&self) -> bool {
        Task::cancel(self)
    }
}

impl<T> AnyTask for &mut Task<T> {
    type Value = T;

    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Task::poll_awaited(self, cx)
    }

    #[inline]
    fn has_news(&self, waker: &Waker, again: bool) -> bool {
        Task::has_news(self, waker, again)
    }

    fn cancel(&self) -> bool {
        Task::cancel(self)
    }
}
