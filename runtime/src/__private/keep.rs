//! How a branch that fits is kept: what is known about errors now, and the branch.

#[cfg(feature = "tokio")]
use super::errors::Fixed;
use super::errors::SoFar;
#[cfg(feature = "tokio")]
use super::kinds::{FlatInto, flat_into};
use super::kinds::{Plain, Try, TryInto};
#[cfg(feature = "tokio")]
use super::outputs::CanBeFlat;
use super::spread::{ItemFuture, spread};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{All, TryAll, all, try_all};
#[cfg(feature = "tokio")]
use core::future::Future;
use core::future::IntoFuture;
use core::marker::PhantomData;

macro_rules! keepers {
    ($($(#[$attr:meta])* $Keep:ident;)*) => { $(
        $(#[$attr])*
        #[derive(Debug)]
        pub struct $Keep<A>(PhantomData<fn() -> A>);

        impl<A> Default for $Keep<A> {
            fn default() -> Self {
                $Keep(PhantomData)
            }
        }

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
    /// The branch is a task, both of whose errors become the error of the others.
    KeepFlat;
    /// The same, which is converted then.
    KeepFlatInto;
    /// Both errors of a task are converted.
    KeepFlatBoth;
}

/// The branch has been complained about, for being a `K`.
#[derive(Debug)]
pub struct Wrong<A, K>(PhantomData<fn() -> (A, K)>);

impl<A, K> Default for Wrong<A, K> {
    fn default() -> Self {
        Wrong(PhantomData)
    }
}

impl<A: SoFar> KeepPlain<A> {
    pub fn keep<X: IntoFuture>(self, x: X) -> (A, Plain<X::IntoFuture>) {
        (A::TOKEN, Plain(x.into_future()))
    }

    #[track_caller]
    pub fn keep_all<X>(self, x: X, limit: usize) -> (A, Plain<All<ItemFuture<X>>>)
    where
        X: IntoIterator<Item: IntoFuture>,
    {
        (A::TOKEN, Plain(all(spread(x), limit)))
    }
}

impl<A: SoFar> KeepTry<A> {
    pub fn keep<X: IntoFuture>(self, x: X) -> (A, Try<X::IntoFuture>) {
        (A::TOKEN, Try(x.into_future()))
    }

    #[track_caller]
    pub fn keep_all<X, T, E>(self, x: X, limit: usize) -> (A, Try<TryAll<ItemFuture<X>>>)
    where
        X: IntoIterator<Item: IntoFuture<Output = Result<T, E>>>,
    {
        (A::TOKEN, Try(try_all(spread(x), limit)))
    }
}

impl<A: SoFar> KeepInto<A> {
    pub fn keep<X: IntoFuture>(self, x: X) -> (A, TryInto<X::IntoFuture>) {
        (A::TOKEN, TryInto(x.into_future()))
    }

    #[track_caller]
    pub fn keep_all<X, T, E>(self, x: X, limit: usize) -> (A, TryInto<TryAll<ItemFuture<X>>>)
    where
        X: IntoIterator<Item: IntoFuture<Output = Result<T, E>>>,
    {
        (A::TOKEN, TryInto(try_all(spread(x), limit)))
    }
}

/// How the tasks of a spread are kept flat.
#[cfg(feature = "tokio")]
type FlatItem<X> = <ItemFuture<X> as CanBeFlat>::Flat;

#[cfg(feature = "tokio")]
impl<A: SoFar> KeepFlat<A> {
    pub fn keep<X: CanBeFlat>(self, task: X) -> (A, Try<X::Flat>) {
        (A::TOKEN, Try(task.flat()))
    }

    #[track_caller]
    pub fn keep_all<X, T, E>(self, tasks: X, limit: usize) -> (A, Try<TryAll<FlatItem<X>>>)
    where
        X: IntoIterator<
            Item: IntoFuture<IntoFuture: CanBeFlat<Flat: Future<Output = Result<T, E>>>>,
        >,
    {
        (
            A::TOKEN,
            Try(try_all(spread(tasks).map(CanBeFlat::flat), limit)),
        )
    }
}

#[cfg(feature = "tokio")]
impl<A: SoFar> KeepFlatInto<A> {
    pub fn keep<X: CanBeFlat>(self, task: X) -> (A, TryInto<X::Flat>) {
        (A::TOKEN, TryInto(task.flat()))
    }

    #[track_caller]
    pub fn keep_all<X, T, E>(self, tasks: X, limit: usize) -> (A, TryInto<TryAll<FlatItem<X>>>)
    where
        X: IntoIterator<
            Item: IntoFuture<IntoFuture: CanBeFlat<Flat: Future<Output = Result<T, E>>>>,
        >,
    {
        (
            A::TOKEN,
            TryInto(try_all(spread(tasks).map(CanBeFlat::flat), limit)),
        )
    }
}

#[cfg(feature = "tokio")]
type KeptFlat<F, E> = (Fixed<E>, Try<TryAll<FlatInto<F, E>>>);

#[cfg(feature = "tokio")]
impl<E> KeepFlatBoth<Fixed<E>> {
    pub fn keep<F: Future>(self, task: F) -> (Fixed<E>, Try<FlatInto<F, E>>) {
        (Fixed::TOKEN, Try(flat_into(task)))
    }

    #[track_caller]
    pub fn keep_all<X, T, E0>(self, tasks: X, limit: usize) -> KeptFlat<ItemFuture<X>, E>
    where
        X: IntoIterator<
            Item: IntoFuture<Output = Result<Result<T, E0>, CancelledError>, IntoFuture: Unpin>,
        >,
        E: From<E0> + From<CancelledError>,
    {
        (
            Fixed::TOKEN,
            Try(try_all(spread(tasks).map(flat_into), limit)),
        )
    }
}
