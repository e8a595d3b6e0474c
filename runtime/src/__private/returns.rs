//! Can a function with `#[timeout]` return the time-out?

use super::refuse::refuse;
use crate::TimeoutError;
use core::marker::PhantomData;

#[derive(Debug)]
pub struct ProbeReturn<R>(PhantomData<fn() -> R>);

/// The return type.
pub fn probe_return<R>() -> ProbeReturn<R> {
    ProbeReturn(PhantomData)
}

/// Stands for the return type: a value can be placed over it, and reported there.
#[derive(Debug)]
pub struct ReturnType;

/// The output of a function type: a way to write `!`.
pub trait Returning {
    type Output;
}
impl<R> Returning for fn() -> R {
    type Output = R;
}

/// Calls a closure, which is a `FnOnce` by being an argument of this: what it returns may borrow from
/// what it took.
pub fn call_once<R>(make: impl FnOnce() -> R) -> R {
    make()
}

#[derive(Debug)]
pub struct Returns<T, E>(PhantomData<fn() -> (T, E)>);

impl<T, E: From<TimeoutError>> Returns<T, E> {
    pub fn __show<X>(&self, _: &X) {}

    pub fn make(self, error: TimeoutError) -> Result<T, E> {
        Err(error.into())
    }
}

impl<T, E: From<TimeoutError>> ProbeReturn<Result<T, E>> {
    pub fn __check(self) -> Returns<T, E> {
        Returns(PhantomData)
    }
}

pub trait IsOtherResult<T, E>: Sized {
    fn __check(self) -> OtherResult<T, E> {
        OtherResult(PhantomData)
    }
}
impl<T, E> IsOtherResult<T, E> for ProbeReturn<Result<T, E>> {}

pub trait IsOption<T>: Sized {
    fn __check(self) -> AnOption<T> {
        AnOption(PhantomData)
    }
}
impl<T> IsOption<T> for ProbeReturn<Option<T>> {}

pub trait IsNoResult<R>: Sized {
    fn __check(self) -> NoResult<R> {
        NoResult(PhantomData)
    }
}
impl<R> IsNoResult<R> for &ProbeReturn<R> {}

refuse! {
    /// A `Result` whose error cannot be made from a `TimeoutError`.
    #[text(
        message = "a function with `#[timeout]` has to be able to return the time-out, but `{E}` cannot be made from a `TimeoutError`",
        label = "`{E}` does not implement `From<TimeoutError>`",
        note = "implement `From<asyncio::TimeoutError> for {E}`",
        note = "or say what to return instead: `#[timeout(2s, or = Err(..))]`"
    )]
    OtherResult<T, E>: CannotConvert;

    /// `Option<T>`
    #[text(
        message = "a function with `#[timeout]` has to be able to return the time-out, but it returns `Option<{T}>`",
        label = "no room for a `TimeoutError`",
        note = "for `None` on a time-out write `#[timeout(2s, or = None)]`",
        note = "or return `Result<{T}, asyncio::TimeoutError>`"
    )]
    AnOption<T>: IsAnOption;

    /// Anything else.
    #[text(
        message = "a function with `#[timeout]` has to be able to return the time-out, but it returns `{R}`",
        label = "no room for a `TimeoutError`",
        note = "return `Result<{R}, asyncio::TimeoutError>`, or any `Result` whose error is `From<TimeoutError>`",
        note = "or say what to return instead: `#[timeout(2s, or = ..)]`"
    )]
    NoResult<R>: HasNoRoom;
}

/// What follows has the type that it should have, so that nothing more is said.
macro_rules! make {
    ($($found:ident<$($param:ident),*> -> $output:ty;)*) => { $(
        impl<$($param),*> $found<$($param),*> {
            pub fn make(self, _: TimeoutError) -> $output {
                unreachable!("this function does not compile")
            }
        }
    )* };
}
make! {
    OtherResult<T, E> -> Result<T, E>;
    AnOption<T> -> Option<T>;
    NoResult<R> -> R;
}
