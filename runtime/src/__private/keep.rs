//! How a branch that fits is kept: what is known about errors now, and the branch.

#[cfg(feature = "tokio")]
use super::errors::Fixed;
use super::errors::SoFar;
#[cfg(feature = "tokio")]
use super::kinds::{FlatInto, flat_into};
use super::kinds::{Plain, Try, TryInto};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{All, TryAll, all, try_all};
use core::future::Future;
use core::marker::PhantomData;

macro_rules! keepers {
    ($($(#[$attr:meta])* $Keep:ident;)*) => { $(
        $(#[$attr])*
        #[derive(Debug)]
        pub struct $Keep<A>(pub(super) PhantomData<fn() -> A>);

        impl<A> $Keep<A> {
            pub fn __show<X>(&self, _: &X) {}
        }
    )* };
}

keepers! {
    /// The branch cannot fail.
    KeepPlain;
    /// The branch fails with the error of the others.
    KeepTry;
    /// The error of the branch is converted.
    KeepInto;
}
#[cfg(feature = "tokio")]
keepers! {
    /// Both errors of a task are converted.
    KeepFlat;
}

impl<A: SoFar> KeepPlain<A> {
    pub fn keep<F: Future>(self, future: F) -> (A, Plain<F>) {
        (A::TOKEN, Plain(future))
    }

    #[track_caller]
    pub fn keep_all<I: Iterator<Item: Future>>(
        self,
        iter: I,
        limit: usize,
    ) -> (A, Plain<All<I::Item>>) {
        (A::TOKEN, Plain(all(iter, limit)))
    }
}

impl<A: SoFar> KeepTry<A> {
    pub fn keep<F: Future>(self, future: F) -> (A, Try<F>) {
        (A::TOKEN, Try(future))
    }

    #[track_caller]
    pub fn keep_all<I, T, E>(self, iter: I, limit: usize) -> (A, Try<TryAll<I::Item>>)
    where
        I: Iterator<Item: Future<Output = Result<T, E>>>,
    {
        (A::TOKEN, Try(try_all(iter, limit)))
    }
}

impl<A: SoFar> KeepInto<A> {
    pub fn keep<F: Future>(self, future: F) -> (A, TryInto<F>) {
        (A::TOKEN, TryInto(future))
    }

    #[track_caller]
    pub fn keep_all<I, T, E>(self, iter: I, limit: usize) -> (A, TryInto<TryAll<I::Item>>)
    where
        I: Iterator<Item: Future<Output = Result<T, E>>>,
    {
        (A::TOKEN, TryInto(try_all(iter, limit)))
    }
}

#[cfg(feature = "tokio")]
type KeptFlat<F, E> = (Fixed<E>, Try<TryAll<FlatInto<F, E>>>);

#[cfg(feature = "tokio")]
impl<E> KeepFlat<Fixed<E>> {
    pub fn keep<F: Future>(self, task: F) -> (Fixed<E>, Try<FlatInto<F, E>>) {
        (Fixed::TOKEN, Try(flat_into(task)))
    }

    #[track_caller]
    pub fn keep_all<I, T, E0>(self, tasks: I, limit: usize) -> KeptFlat<I::Item, E>
    where
        I: Iterator<Item: Future<Output = Result<Result<T, E0>, CancelledError>> + Unpin>,
        E: From<E0> + From<CancelledError>,
    {
        (Fixed::TOKEN, Try(try_all(tasks.map(flat_into), limit)))
    }
}
