//! The last step of a `gather!`: the future.

#[cfg(feature = "tokio")]
use super::errors::MayBeCancelled;
use super::errors::{FailsWith, Fixed, NeverFails};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{Branches, Gather, Gathered, GivesSite, TryGathered};
use core::convert::Infallible;

impl NeverFails {
    pub fn gather<B: Branches<Infallible>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = R> {
        Gathered::new(branches.join(), map, site)
    }
}

#[cfg(feature = "tokio")]
impl MayBeCancelled {
    pub fn gather<B: Branches<CancelledError>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = Result<R, CancelledError>> {
        TryGathered::new(branches.join(), map, site)
    }
}

impl<E> FailsWith<E> {
    pub fn gather<B: Branches<E>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = Result<R, E>> {
        TryGathered::new(branches.join(), map, site)
    }
}

impl<E> Fixed<E> {
    pub fn gather<B: Branches<E>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = Result<R, E>> {
        TryGathered::new(branches.join(), map, site)
    }
}

/// The result of a gather of branches without names: the tuple of their items.
#[inline]
pub fn identity<T>(items: T) -> T {
    items
}
