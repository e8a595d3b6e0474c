//! The branches of a gather, by how their outputs are read.

#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{AnyResult, Branch, FailsWith};
use core::future::Future;
#[cfg(feature = "tokio")]
use core::marker::PhantomData;
#[cfg(feature = "tokio")]
use core::pin::Pin;
#[cfg(feature = "tokio")]
use core::task::{Context, Poll};

/// A branch whose output is taken as it is.
#[derive(Debug)]
pub struct Plain<F>(pub(super) F);

impl<F: Future> Branch for Plain<F> {
    type Future = F;
    type Item = F::Output;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future, E> FailsWith<E> for Plain<F> {
    fn split(output: F::Output) -> Result<F::Output, E> {
        Ok(output)
    }
}

/// A branch that fails with the error of the gather.
#[derive(Debug)]
pub struct Try<F>(pub(super) F);

impl<F: Future<Output: AnyResult>> Branch for Try<F> {
    type Future = F;
    type Item = <F::Output as AnyResult>::Value;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> FailsWith<E> for Try<F> {
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }
}

/// A branch whose error converts into that of the gather.
#[derive(Debug)]
pub struct TryInto<F>(pub(super) F);

impl<F: Future<Output: AnyResult>> Branch for TryInto<F> {
    type Future = F;
    type Item = <F::Output as AnyResult>::Value;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future<Output = Result<T, E0>>, T, E0, E: From<E0>> FailsWith<E> for TryInto<F> {
    fn split(output: Result<T, E0>) -> Result<T, E> {
        output.map_err(E::from)
    }
}

/// A task that yields a `Result`, as a future that fails with the one error of the two.
#[cfg(feature = "tokio")]
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Flat<F>(F);

#[cfg(feature = "tokio")]
pub(super) fn flat<F>(task: F) -> Flat<F> {
    Flat(task)
}

#[cfg(feature = "tokio")]
impl<F, T, E> Future for Flat<F>
where
    F: Future<Output = Result<Result<T, E>, CancelledError>> + Unpin,
    E: From<CancelledError>,
{
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.0).poll(cx);
        outcome.map(|outcome| outcome.unwrap_or_else(|cancelled| Err(cancelled.into())))
    }
}

/// The same with both errors converted into a third, `E`.
#[cfg(feature = "tokio")]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct FlatInto<F, E>(F, PhantomData<fn() -> E>);

#[cfg(feature = "tokio")]
pub(super) fn flat_into<F, E>(task: F) -> FlatInto<F, E> {
    FlatInto(task, PhantomData)
}

#[cfg(feature = "tokio")]
impl<F, T, E0, E> Future for FlatInto<F, E>
where
    F: Future<Output = Result<Result<T, E0>, CancelledError>> + Unpin,
    E: From<E0> + From<CancelledError>,
{
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|outcome| Ok(outcome??))
    }
}

#[cfg(feature = "tokio")]
impl<F: core::fmt::Debug, E> core::fmt::Debug for FlatInto<F, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("FlatInto").field(&self.0).finish()
    }
}
