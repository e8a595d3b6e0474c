//! What does a branch yield: a `Result`, or the outcome of a task?

use super::kinds::Plain;
#[cfg(feature = "tokio")]
use super::kinds::{Flat, flat};
use super::spread::{ItemFuture, spread};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{All, all};
#[cfg(feature = "tokio")]
use crate::wait::AnyTask;
use core::future::{Future, IntoFuture};
use core::marker::PhantomData;

/// What a probe returns for a branch that is right, or for the items of one: its future is an `F`.
#[derive(Debug)]
pub struct Output<F>(PhantomData<fn(F)>);

impl<F> Output<F> {
    pub(super) const fn new() -> Self {
        Output(PhantomData)
    }

    pub fn __show<X>(&self, _: &X) {}

    pub fn take<X: IntoFuture>(self, x: X) -> X::IntoFuture {
        x.into_future()
    }
}

// Owned and borrowed tasks are one `AnyTask` here: with an inherent method for each of the two, a type
// that is wrong already would be reported again, as it could be either.

// Is it a task? The first of these four that fits.

/// A task that yields a `Result` whose error, `E`, can say that the task was cancelled.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct FlatTask<F, E>(PhantomData<fn(F) -> E>);

/// A task that yields a `Result` whose error, `E`, cannot.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct MuteTask<F, E>(PhantomData<fn(F) -> E>);

/// A task that yields anything else.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct PlainTask<F>(PhantomData<fn(F)>);

/// No task.
#[derive(Debug)]
pub struct NoTask<F>(PhantomData<fn(F)>);

/// A `Result` whose error can say that a task was cancelled.
#[cfg(feature = "tokio")]
pub trait SaysCancelled {
    type Error;
}
#[cfg(feature = "tokio")]
impl<T, E: From<CancelledError>> SaysCancelled for Result<T, E> {
    type Error = E;
}

// The error comes out of a projection: of a branch whose type is wrong already it is wrong too, and not
// that of the other branches, which need not say anything.
#[cfg(feature = "tokio")]
impl<F: AnyTask<Value: SaysCancelled>> Output<F> {
    pub fn __class(self) -> FlatTask<F, <F::Value as SaysCancelled>::Error> {
        FlatTask(PhantomData)
    }
}

#[cfg(feature = "tokio")]
pub trait IsMuteTask<F, E>: Sized {
    fn __class(self) -> MuteTask<F, E> {
        MuteTask(PhantomData)
    }
}
#[cfg(feature = "tokio")]
impl<F: AnyTask<Value = Result<T, E>>, T, E> IsMuteTask<F, E> for Output<F> {}

#[cfg(feature = "tokio")]
pub trait IsPlainTask<F>: Sized {
    fn __class(self) -> PlainTask<F> {
        PlainTask(PhantomData)
    }
}
#[cfg(feature = "tokio")]
impl<F: AnyTask> IsPlainTask<F> for &Output<F> {}

pub trait IsNoTask<F>: Sized {
    fn __class(self) -> NoTask<F> {
        NoTask(PhantomData)
    }
}
impl<F> IsNoTask<F> for &mut Output<F> {}

/// One of these four, or of what is wrong.
pub trait Class {
    /// What decides how the branch can fail.
    type Value;
}
impl<F: Future> Class for NoTask<F> {
    type Value = F::Output;
}
#[cfg(feature = "tokio")]
impl<F: AnyTask, E> Class for FlatTask<F, E> {
    type Value = F::Value;
}
#[cfg(feature = "tokio")]
impl<F: AnyTask, E> Class for MuteTask<F, E> {
    type Value = F::Value;
}
#[cfg(feature = "tokio")]
impl<F: AnyTask> Class for PlainTask<F> {
    type Value = F::Value;
}

/// What all classes but `FlatTask` do where every outcome is taken as it is.
macro_rules! as_they_are {
    ($($Class:ident<$($Param:ident),*>;)*) => { $(
        impl<$($Param),*> $Class<$($Param),*> {
            pub fn __show<X>(&self, _: &X) {}

            pub fn __whole<X: IntoFuture>(self, x: X) -> Plain<X::IntoFuture> {
                Plain(x.into_future())
            }

            #[track_caller]
            pub fn __whole_all<X: IntoIterator<Item: IntoFuture>>(self, x: X, limit: usize) -> Plain<All<ItemFuture<X>>> {
                Plain(all(spread(x), limit))
            }
        }
    )* };
}
as_they_are! { NoTask<F>; }
#[cfg(feature = "tokio")]
as_they_are! { MuteTask<F, E>; PlainTask<F>; }

#[cfg(feature = "tokio")]
impl<F, E> FlatTask<F, E> {
    pub fn __show<X>(&self, _: &X) {}

    pub fn __whole<T>(self, task: F) -> Plain<Flat<F>>
    where
        F: Future<Output = Result<Result<T, E>, CancelledError>> + Unpin,
        E: From<CancelledError>,
    {
        Plain(flat(task))
    }

    #[track_caller]
    pub fn __whole_all<X, T>(self, tasks: X, limit: usize) -> Plain<All<Flat<F>>>
    where
        X: IntoIterator<Item: IntoFuture<IntoFuture = F>>,
        F: Future<Output = Result<Result<T, E>, CancelledError>> + Unpin,
        E: From<CancelledError>,
    {
        Plain(all(spread(tasks).map(flat), limit))
    }
}

/// A projection once more, for a branch whose type is wrong already.
#[cfg(feature = "tokio")]
pub trait CanBeFlat: Sized {
    type Flat;
    fn flat(self) -> Self::Flat;
}
#[cfg(feature = "tokio")]
impl<F, T, E> CanBeFlat for F
where
    F: Future<Output = Result<Result<T, E>, CancelledError>>,
{
    type Flat = Flat<F>;
    fn flat(self) -> Flat<F> {
        flat(self)
    }
}
