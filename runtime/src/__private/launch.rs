//! The last step of a `gather!`: the future.

#[cfg(feature = "tokio")]
use super::errors::MayBeCancelled;
use super::errors::{FailsWith, Fixed, NeverFails};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{Branches, Gather, Gathered, GivesSite, Join, TryGathered};
use core::convert::Infallible;

/// Branches that fail with `E`, all of them.
pub trait Whole<E>: Branches<E, Join: Join<Items = Self::Items, Error = E>> {}

impl<E, B: Branches<E, Join: Join<Items = B::Items, Error = E>>> Whole<E> for B {}

impl NeverFails {
    pub fn gather<B: Whole<Infallible>, M: Fn(B::Items) -> R, R, S: GivesSite>(
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
    pub fn gather<B: Whole<CancelledError>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = Result<R, CancelledError>> {
        TryGathered::new(branches.join(), map, site)
    }
}

impl<E> FailsWith<E> {
    pub fn gather<B: Whole<E>, M: Fn(B::Items) -> R, R, S: GivesSite>(
        self,
        branches: B,
        map: M,
        site: S,
    ) -> impl Gather<Output = Result<R, E>> {
        TryGathered::new(branches.join(), map, site)
    }
}

impl<E> Fixed<E> {
    pub fn gather<B: Whole<E>, M: Fn(B::Items) -> R, R, S: GivesSite>(
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
