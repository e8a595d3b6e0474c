//! What `gather!` is made of: any number of futures side by side, inside the task that awaits them.
//!
//! `tuple` holds the join of a fixed number of branches, `spread` that of an iterator of futures; `alone` is what is around
//! one of those where there are no other branches.

mod alone;
mod fan;
mod flat;
mod future;
mod pinned;
mod spread;
pub(crate) mod tuple;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use alone::Alone;
pub(crate) use fan::Fan;
pub(crate) use future::GivesSite;
pub use future::{Gather, Gathered, TryGathered};
pub use spread::{All, TryAll, all, try_all};

/// One branch of a gather: a future, and what it contributes.
///
/// What it fails with is not said here but in [`FailsWith`], so that no type that a join is made of has to
/// do with errors. Where rustc asks whether a task is `Send` it has forgotten which lifetimes are the same:
/// if that depended on errors being equal, a task could not hold a `gather!` that fails with `&'static str`
/// ("one type is more general than the other").
pub trait Branch {
    /// What is polled. (That it is a [`Future`] is said in [`FailsWith`]: to be one can depend on errors.)
    type Future;
    /// What the branch contributes to the result.
    type Item;

    /// The future of this branch. It is not polled before the gather is.
    fn into_future(self) -> Self::Future;
}

/// A branch of a gather that fails with `E`.
///
/// One that cannot fail splits every output into `Ok`; one that gives a `Result` passes it on, converted
/// where the errors differ.
pub trait FailsWith<E>: Branch<Future: Future> {
    /// The contribution, or the error that ends the gather.
    ///
    /// # Errors
    ///
    /// Whatever counts as a failure of this branch.
    fn split(output: <Self::Future as Future>::Output) -> Result<Self::Item, E>;
}

/// A `Result`, by its parts, for the same reason.
pub trait AnyResult {
    /// The value.
    type Value;
    /// The error.
    type Error;

    /// It.
    ///
    /// # Errors
    ///
    /// If it is an error.
    fn result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> AnyResult for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn result(self) -> Result<T, E> {
        self
    }
}

/// The future of several branches.
pub trait Join: Future<Output = Result<Self::Items, Self::Error>> {
    /// The tuple of what the branches contribute.
    type Items;
    /// What one of them can fail with.
    type Error;

    /// Polls until the items are all there, and gives what `map` makes of them. Where it waits, `name` is called, to say so to
    /// introspection, if that may be on.
    ///
    /// # Errors
    ///
    /// That of the first branch that has failed.
    // Not the items: they would be copied at each step.
    fn poll_mapped<R>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        map: impl FnOnce(Self::Items) -> R,
        name: impl FnOnce(),
    ) -> Poll<Result<R, Self::Error>>;
}

/// A tuple of up to 32 [`Branch`]es that fail with the same error.
pub trait Branches<E> {
    /// The tuple of what the branches contribute.
    type Items;
    /// The future that polls them all.
    type Join;

    /// Puts the branches side by side: `asyncio.gather`, except that the first error drops the
    /// branches that are not finished.
    ///
    /// Nothing runs before the future is polled. The first poll polls the branches in their order,
    /// each later one those that have been woken, in that order too; where there are two, both in the first few
    /// polls. Where one poll uses up the task's budget (see
    /// [`tokio::task::coop`](https://docs.rs/tokio/latest/tokio/task/coop)) the next
    /// begins behind the branch that this one began with, so that each gets its turn.
    ///
    /// # Cancellation
    ///
    /// On the first error, the other branches are dropped, their cleanup is awaited, and the error is
    /// returned. Dropping the future drops all branches.
    ///
    /// # Panics
    ///
    /// A panic of a branch goes through the future to whoever awaits it. Polling the future again
    /// after that, or after it is done, panics.
    fn join(self) -> Self::Join;
}

/// A tuple of branches as one branch, for gathers of more than 32.
pub struct Group<B, E> {
    branches: B,
    error: PhantomData<fn() -> E>,
}

/// Makes a `Group`.
#[allow(non_snake_case)] // as if it were a tuple struct
pub fn Group<B: Branches<E>, E>(branches: B) -> Group<B, E> {
    Group {
        branches,
        error: PhantomData,
    }
}

impl<B: fmt::Debug, E> fmt::Debug for Group<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.branches).finish()
    }
}

impl<E, B: Branches<E>> Branch for Group<B, E> {
    type Future = B::Join;
    type Item = B::Items;

    fn into_future(self) -> B::Join {
        self.branches.join()
    }
}

impl<E, B: Branches<E, Join: Join<Items = B::Items, Error = E>>> FailsWith<E> for Group<B, E> {
    fn split(output: Result<B::Items, E>) -> Result<B::Items, E> {
        output
    }
}
