//! Is an argument a duration, and does it stand where one belongs?

use super::probe::{IsShared, IsUnpinned};
use super::refuse::{accept, refuse};
use crate::IntoDuration;
use core::future::{Future, IntoFuture};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

#[derive(Debug)]
pub struct ProbeDuration<X>(PhantomData<fn(X)>);

/// What stands where a duration is expected.
pub fn probe_duration<X>(_: &X) -> ProbeDuration<X> {
    ProbeDuration(PhantomData)
}

accept! {
    /// It is one.
    Length
}

impl Length {
    pub fn take<X: IntoDuration>(self, x: X) -> Duration {
        x.into_duration()
    }
}

impl<X: IntoDuration> ProbeDuration<X> {
    pub fn __check(self) -> Length {
        Length
    }
}

pub trait IsReference<X>: Sized {
    fn __check(self) -> Reference<X> {
        Reference(PhantomData)
    }
}
impl<X: IntoDuration> IsReference<X> for ProbeDuration<&X> {}

pub trait IsOptional<X>: Sized {
    fn __check(self) -> Optional<X> {
        Optional(PhantomData)
    }
}
impl<X: IntoDuration> IsOptional<X> for &ProbeDuration<Option<X>> {}

pub trait IsNoDuration: Sized {
    fn __check(self) -> NoDuration {
        NoDuration
    }
}
impl<X> IsNoDuration for &mut ProbeDuration<X> {}

refuse! {
    /// `&limit`
    #[text(
        message = "expected a duration, found a reference to one",
        label = "put `*` in front",
    )]
    Reference<T>: IsBorrowed;

    /// `self.limit` of type `Option<Duration>`
    #[text(
        message = "expected a duration, found an `Option` of one",
        label = "it may be `None`",
        note = "say what `None` stands for: `.unwrap_or(..)`",
        note = "for no limit at all that is `.unwrap_or(std::time::Duration::MAX)`"
    )]
    Optional<T>: MayBeNone;

    /// Anything else.
    #[text(
        message = "expected a duration, found `{Self}`",
        label = "neither a `Duration` nor a number of seconds",
        note = "write a literal such as `2s` or `500ms`, a `std::time::Duration`, or a number of seconds"
    )]
    NoDuration: NotADuration;
}

#[derive(Debug)]
pub struct ProbeLimited<X>(PhantomData<fn(X)>);

/// The future of `wait_for!`.
pub fn probe_limited<X>(_: &X) -> ProbeLimited<X> {
    ProbeLimited(PhantomData)
}

#[derive(Debug)]
pub struct ProbeLimitedAwaited<X>(PhantomData<fn(X)>);

/// The same, where it ends in `.await`. It may be right: the value may be a future itself.
pub fn probe_limited_awaited<X>(_: &X) -> ProbeLimitedAwaited<X> {
    ProbeLimitedAwaited(PhantomData)
}

accept! {
    /// It is a future, or can become one.
    Limited
}

impl Limited {
    pub fn take<X: IntoFuture>(self, x: X) -> X::IntoFuture {
        x.into_future()
    }
}

impl<X: IntoFuture> ProbeLimited<X> {
    pub fn __check(self) -> Limited {
        Limited
    }
}

impl<X: IntoFuture> ProbeLimitedAwaited<X> {
    pub fn __check(self) -> Limited {
        Limited
    }
}

pub trait IsAwaitedYet: Sized {
    fn __check(self) -> AwaitedYet {
        AwaitedYet
    }
}
impl<X> IsAwaitedYet for ProbeLimitedAwaited<X> {}

pub trait IsSeveral: Sized {
    fn __check(self) -> Several {
        Several
    }
}
impl<X: IntoIterator<Item: IntoFuture>> IsSeveral for ProbeLimited<X> {}

impl<X: DerefMut<Target: Future>> IsUnpinned for ProbeLimited<X> {}
impl<X: Deref<Target: Future>> IsShared for &ProbeLimited<X> {}

pub trait IsUncalled: Sized {
    fn __check(self) -> Uncalled {
        Uncalled
    }
}
impl<X: FnOnce() -> R, R: IntoFuture> IsUncalled for &ProbeLimited<X> {}

pub trait IsNoFuture: Sized {
    fn __check(self) -> NoFuture {
        NoFuture
    }
}
impl<X> IsNoFuture for &mut ProbeLimited<X> {}

refuse! {
    /// `fetch().await`
    #[text(
        message = "this future is awaited before its time limit applies",
        label = "remove its `.await`: it belongs after the macro",
        note = "write `wait_for!(fetch(), 2s).await`"
    )]
    AwaitedYet: DoNotAwaitYet;

    /// `tasks`
    #[text(
        message = "expected a future, found a collection of futures",
        label = "make it one future: `gather!(..)` with `..` before it",
        note = "write `wait_for!(gather!(..tasks), 2s)`"
    )]
    Several: GatherThem;

    /// `fetch`
    #[text(
        message = "expected a future, found a function that returns one",
        label = "call it: add `()`",
        note = "an `async fn` or an `async` closure does nothing until it is called"
    )]
    Uncalled: CallItFirst;

    /// Anything else.
    #[text(
        message = "expected a future, found `{Self}`",
        label = "not a future",
        note = "a time limit applies to something that waits: `wait_for!(future, 2s)`"
    )]
    NoFuture: NothingToLimit;
}

#[derive(Debug)]
pub struct ProbeOrder<X, Y>(PhantomData<fn(X, Y)>);

/// The two arguments of `wait_for!`.
pub fn probe_order<X, Y>(_: &X, _: &Y) -> ProbeOrder<X, Y> {
    ProbeOrder(PhantomData)
}

refuse! {
    /// The first one is a duration and the second one a future.
    #[text(
        message = "the future comes first: `wait_for!(future, limit)`",
        label = "this is the time limit"
    )]
    Swapped: FutureComesFirst;
}

impl Swapped {
    /// In the right order, so that each is found to be what it should be.
    pub fn in_order<X, Y>(self, x: X, y: Y) -> (Y, X) {
        (y, x)
    }
}

accept! {
    /// Not that: if they are wrong, then each by itself.
    InOrder
}

impl InOrder {
    pub fn in_order<X, Y>(self, x: X, y: Y) -> (X, Y) {
        (x, y)
    }
}

impl<X: IntoDuration, Y: IntoFuture> ProbeOrder<X, Y> {
    pub fn __check(self) -> Swapped {
        Swapped
    }
}

pub trait IsInOrder: Sized {
    fn __check(self) -> InOrder {
        InOrder
    }
}
impl<X, Y> IsInOrder for ProbeOrder<X, Y> {}
