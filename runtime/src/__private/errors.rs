//! Do the branches of a gather fail with one and the same error?
//!
//! The expansion goes from branch to branch with what it knows so far: [`NeverFails`],
//! [`MayBeCancelled`] or [`FailsWith`], or [`Fixed`] where the error is named. Each branch is joined to
//! that by `join(so_far, class).__check()`, which says what is wrong or keeps the branch.

#[cfg(feature = "tokio")]
use super::keep::{KeepFlat, KeepFlatBoth, KeepFlatInto};
use super::keep::{KeepInto, KeepPlain, KeepTry};
use super::outputs::{Class, NoTask};
#[cfg(feature = "tokio")]
use super::outputs::{FlatTask, MuteTask, PlainTask};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;

/// No branch so far can fail.
#[derive(Debug)]
pub struct NeverFails;

/// Some branch so far is a task, and no other can fail.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct MayBeCancelled;

/// Some branch so far fails with `E`.
#[derive(Debug)]
pub struct FailsWith<E>(PhantomData<fn() -> E>);

/// `error = E`: whatever a branch fails with is converted into that.
#[derive(Debug)]
pub struct Fixed<E>(PhantomData<fn() -> E>);

/// `error = E`.
pub fn fixed<E>() -> Fixed<E> {
    Fixed(PhantomData)
}

/// A state of knowledge, as a value.
pub trait SoFar {
    const TOKEN: Self;
}
impl SoFar for NeverFails {
    const TOKEN: Self = NeverFails;
}
#[cfg(feature = "tokio")]
impl SoFar for MayBeCancelled {
    const TOKEN: Self = MayBeCancelled;
}
impl<E> SoFar for FailsWith<E> {
    const TOKEN: Self = FailsWith(PhantomData);
}
impl<E> SoFar for Fixed<E> {
    const TOKEN: Self = Fixed(PhantomData);
}

#[derive(Debug)]
pub struct Join<A, C>(PhantomData<fn(A, C)>);

/// Joins a branch of class `C` to those that fail with `A`.
pub fn join<A, C>(_: A, _: C) -> Join<A, C> {
    Join(PhantomData)
}

/// Is it known yet what decides how the branch can fail? A probe takes the first candidate where a type is
/// still to be inferred, so an output that comes to be anything would be taken for a `Result`. As a method
/// of a `Join` could be one of that type as well, rustc says "type annotations needed" instead.
impl<A, C: Class> Deref for Join<A, C> {
    type Target = C::Value;

    fn deref(&self) -> &C::Value {
        unreachable!("this is only type-checked")
    }
}

// What fits. Errors that are still to be inferred become one here.

// One impl for all, by a trait: where something is wrong already, it is the only one that there is.
impl<A: Fits<C>, C> Join<A, C> {
    pub fn __check(self) -> A::Keep {
        A::Keep::default()
    }
}

/// A branch of class `C` fits to those before it.
pub trait Fits<C> {
    type Keep: Default;
}

macro_rules! fits {
    ($([$($params:tt)*] $so_far:ty, $class:ty => $keep:ident<$then:ty>;)*) => { $(
        impl<$($params)*> Fits<$class> for $so_far {
            type Keep = $keep<$then>;
        }
    )* };
}

fits! {
    [F: Future<Output = Result<T, E>>, T, E] NeverFails, NoTask<F> => KeepTry<FailsWith<E>>;
    [F: Future<Output = Result<T, E>>, T, E] FailsWith<E>, NoTask<F> => KeepTry<FailsWith<E>>;
    [F: Future<Output = Result<T, E0>>, T, E: From<E0>, E0] Fixed<E>, NoTask<F> => KeepInto<Fixed<E>>;
}

#[cfg(feature = "tokio")]
fits! {
    [F: Future<Output = Result<T, E>>, T, E: From<CancelledError>] MayBeCancelled, NoTask<F> => KeepTry<FailsWith<E>>;
    [F, E] NeverFails, FlatTask<F, E> => KeepFlat<FailsWith<E>>;
    [F, E] MayBeCancelled, FlatTask<F, E> => KeepFlat<FailsWith<E>>;
    [F, E] FailsWith<E>, FlatTask<F, E> => KeepFlat<FailsWith<E>>;
    [F, E: From<E0>, E0] Fixed<E>, FlatTask<F, E0> => KeepFlatInto<Fixed<E>>;
    [F] NeverFails, PlainTask<F> => KeepInto<MayBeCancelled>;
    [F] MayBeCancelled, PlainTask<F> => KeepInto<MayBeCancelled>;
    [F, E: From<CancelledError>] FailsWith<E>, PlainTask<F> => KeepInto<FailsWith<E>>;
    [F, E: From<CancelledError>] Fixed<E>, PlainTask<F> => KeepInto<Fixed<E>>;
    [F, E: From<CancelledError> + From<E0>, E0] Fixed<E>, MuteTask<F, E0> => KeepFlatBoth<Fixed<E>>;
}

/// A branch that is no task and yields no `Result`.
pub trait CannotFail<A>: Sized {
    fn __check(self) -> KeepPlain<A> {
        KeepPlain::default()
    }
}
impl<A, F> CannotFail<A> for &Join<A, NoTask<F>> {}
