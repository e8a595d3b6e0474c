//! What does not fit to the other branches of a gather, and the messages.

use super::errors::{FailsWith, Fixed, Join};
#[cfg(feature = "tokio")]
use super::errors::{MayBeCancelled, NeverFails};
use super::outputs::NoTask;
#[cfg(feature = "tokio")]
use super::outputs::{FlatTask, MuteTask, PlainTask};
#[cfg(feature = "tokio")]
use crate::CancelledError;
use core::future::Future;
use core::marker::PhantomData;

/// What a branch that does not fit is taken for. It fails with `E`.
pub trait IsMisfit<E>: Sized {
    type Found: Default;
    fn __check(self) -> Self::Found {
        Self::Found::default()
    }
}

macro_rules! misfits {
    ($(
        #[text($($text:tt)*)]
        $Misfit:ident<$($Param:ident),*>: $Message:ident;
    )*) => { $(
        #[derive(Debug)]
        pub struct $Misfit<S, $($Param),*>(PhantomData<fn() -> (S, $($Param,)*)>);

        impl<S, $($Param),*> Default for $Misfit<S, $($Param),*> {
            fn default() -> Self {
                $Misfit(PhantomData)
            }
        }

        impl<S, $($Param),*> $Misfit<S, $($Param),*> {
            pub fn __show(&self, _: &dyn $Message<$($Param),*>) {}

            pub fn keep<X: $Message<$($Param),*>>(self, _: X) -> (S, X::Out) {
                unreachable!("this branch does not compile")
            }

            pub fn keep_all<X: $Message<$($Param),*>>(self, _: X, _: usize) -> (S, X::Out) {
                unreachable!("this branch does not compile")
            }
        }

        #[doc = "Never implemented: its text is the error."]
        #[diagnostic::on_unimplemented($($text)*)]
        pub trait $Message<$($Param),*> {
            type Out
            where
                Self: Sized;
        }
    )* };
}

misfits! {
    #[text(
        message = "the branches of `gather!` fail with different errors: `{A}` and `{B}`",
        label = "fails with `{B}`, the ones before it with `{A}`",
        note = "name one error that all of them convert into: `gather!(.., error = MyError)`",
        note = "or take every outcome as it is: `gather!(.., return_exceptions = true)`",
        note = "more on this: `asyncio::guide::errors`"
    )]
    Different<A, B>: DifferentErrors;

    #[text(
        message = "the error of this branch does not convert into `{E}`",
        label = "fails with `{E0}`",
        note = "`error = ..` names a type that every branch's error converts into: implement `From<{E0}> for {E}`"
    )]
    NoFrom<E0, E>: NoConversion;
}

impl<A, B, F: Future<Output = Result<T, B>>, T> IsMisfit<B> for Join<FailsWith<A>, NoTask<F>> {
    type Found = Different<FailsWith<A>, A, B>;
}
impl<E0, E, F: Future<Output = Result<T, E0>>, T> IsMisfit<E0> for Join<Fixed<E>, NoTask<F>> {
    type Found = NoFrom<Fixed<E>, E0, E>;
}

#[cfg(feature = "tokio")]
misfits! {
    #[text(
        message = "a task can be cancelled, and the error of this one cannot say so",
        label = "`{E}` does not implement `From<CancelledError>`",
        note = "implement `From<asyncio::CancelledError> for {E}`",
        note = "or name an error that both convert into: `gather!(.., error = MyError)`",
        note = "or take every outcome as it is: `gather!(.., return_exceptions = true)`",
        note = "more on this: `asyncio::guide::errors`"
    )]
    MuteError<E>: NoFromCancelled;

    #[text(
        message = "a branch before this one is a task, which can be cancelled, and the error of this one cannot say so",
        label = "`{E}` does not implement `From<CancelledError>`",
        note = "implement `From<asyncio::CancelledError> for {E}`",
        note = "or name an error that both convert into: `gather!(.., error = MyError)`",
        note = "or take every outcome as it is: `gather!(.., return_exceptions = true)`",
        note = "more on this: `asyncio::guide::errors`"
    )]
    MuteAfterTask<E>: NoFromCancelledHere;

    #[text(
        message = "a task can be cancelled, and the error of the other branches, `{E}`, cannot say so",
        label = "`{E}` does not implement `From<CancelledError>`",
        note = "implement `From<asyncio::CancelledError> for {E}`",
        note = "or name an error that both convert into: `gather!(.., error = MyError)`",
        note = "or take every outcome as it is: `gather!(.., return_exceptions = true)`",
        note = "more on this: `asyncio::guide::errors`"
    )]
    MuteBeforeTask<E>: NoFromCancelledBefore;

    #[text(
        message = "the errors of this task do not convert into `{E}`",
        label = "fails with `{E0}`, or with `CancelledError`",
        note = "`error = ..` names a type that every branch's error converts into: implement `From<{E0}>` and `From<asyncio::CancelledError>` for `{E}`"
    )]
    NoFromTask<E0, E>: NoConversionOfTask;
}

#[cfg(feature = "tokio")]
mod of_tasks {
    use super::*;

    impl<A, F, B> IsMisfit<B> for Join<FailsWith<A>, FlatTask<F, B>> {
        type Found = Different<FailsWith<A>, A, B>;
    }
    impl<F, E0, E> IsMisfit<E0> for Join<Fixed<E>, FlatTask<F, E0>> {
        type Found = NoFrom<Fixed<E>, E0, E>;
    }
    impl<F, E> IsMisfit<E> for Join<NeverFails, MuteTask<F, E>> {
        type Found = MuteError<FailsWith<E>, E>;
    }
    impl<F, E> IsMisfit<E> for Join<MayBeCancelled, MuteTask<F, E>> {
        type Found = MuteError<FailsWith<E>, E>;
    }
    impl<A, F, E> IsMisfit<E> for Join<FailsWith<A>, MuteTask<F, E>> {
        type Found = MuteError<FailsWith<A>, E>;
    }
    impl<F: Future<Output = Result<T, E>>, T, E> IsMisfit<E> for Join<MayBeCancelled, NoTask<F>> {
        // Not `FailsWith<E>`, which the task before could not take part in.
        type Found = MuteAfterTask<MayBeCancelled, E>;
    }
    impl<F, E> IsMisfit<E> for Join<FailsWith<E>, PlainTask<F>> {
        type Found = MuteBeforeTask<FailsWith<E>, E>;
    }
    impl<F, E> IsMisfit<CancelledError> for Join<Fixed<E>, PlainTask<F>> {
        type Found = NoFrom<Fixed<E>, CancelledError, E>;
    }
    impl<F, E0, E> IsMisfit<E0> for Join<Fixed<E>, MuteTask<F, E0>> {
        type Found = NoFromTask<Fixed<E>, E0, E>;
    }
}
