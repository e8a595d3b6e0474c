//! Do the branches of a gather fail with one and the same error?
//!
//! The expansion goes from branch to branch with what it knows so far: [`NeverFails`],
//! [`MayBeCancelled`] or [`FailsWith`], or [`Fixed`] where the error is named. Each branch is joined to
//! that by `join(so_far, fails).__check()`, which says what is wrong or keeps the branch.

#[cfg(feature = "tokio")]
use super::keep::KeepFlat;
use super::keep::{KeepInto, KeepPlain, KeepTry};
#[cfg(feature = "tokio")]
use super::outputs::{Cancellable, Mute};
use super::outputs::{CannotFail, Fails};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use core::marker::PhantomData;

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
pub struct Join<A, K>(PhantomData<fn(A, K)>);

/// Joins a branch that fails with `K` to those that fail with `A`.
pub fn join<A, K>(_: A, _: K) -> Join<A, K> {
    Join(PhantomData)
}

// What fits. Errors that are still to be inferred become one here.

macro_rules! fits {
    ($([$($params:tt)*] $so_far:ty, $fails:ty => $keep:ident<$then:ty>;)*) => { $(
        impl<$($params)*> Join<$so_far, $fails> {
            pub fn __check(self) -> $keep<$then> {
                $keep(PhantomData)
            }
        }
    )* };
}

fits! {
    [] NeverFails, CannotFail => KeepPlain<NeverFails>;
    [E] FailsWith<E>, CannotFail => KeepPlain<FailsWith<E>>;
    [E] Fixed<E>, CannotFail => KeepPlain<Fixed<E>>;
    [E] NeverFails, Fails<E> => KeepTry<FailsWith<E>>;
    [E] FailsWith<E>, Fails<E> => KeepTry<FailsWith<E>>;
    [E: From<E0>, E0] Fixed<E>, Fails<E0> => KeepInto<Fixed<E>>;
}

#[cfg(feature = "tokio")]
fits! {
    [] MayBeCancelled, CannotFail => KeepPlain<MayBeCancelled>;
    [E: From<CancelledError>] MayBeCancelled, Fails<E> => KeepTry<FailsWith<E>>;
    [] NeverFails, Cancellable => KeepInto<MayBeCancelled>;
    [] MayBeCancelled, Cancellable => KeepInto<MayBeCancelled>;
    [E: From<CancelledError>] FailsWith<E>, Cancellable => KeepInto<FailsWith<E>>;
    [E: From<CancelledError>] Fixed<E>, Cancellable => KeepInto<Fixed<E>>;
    [E: From<CancelledError> + From<E0>, E0] Fixed<E>, Mute<E0> => KeepFlat<Fixed<E>>;
}
