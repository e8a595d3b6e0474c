//! Is a branch a future at all?

use super::outputs::Output;
use super::refuse::{refuse, refuse_branch};
use core::future::IntoFuture;
use core::marker::PhantomData;

#[derive(Debug)]
pub struct Probe<X>(PhantomData<fn(X)>);

/// A branch.
pub fn probe<X>(_: &X) -> Probe<X> {
    Probe(PhantomData)
}

#[derive(Debug)]
pub struct ProbeAwaited<X>(PhantomData<fn(X)>);

/// A branch that ends in `.await`. It may be right: the value may be a future itself.
pub fn probe_awaited<X>(_: &X) -> ProbeAwaited<X> {
    ProbeAwaited(PhantomData)
}

impl<X: IntoFuture> Probe<X> {
    pub fn __check(self) -> Output<X::IntoFuture> {
        Output::new()
    }
}

impl<X: IntoFuture> ProbeAwaited<X> {
    pub fn __check(self) -> Output<X::IntoFuture> {
        Output::new()
    }
}

pub trait IsAwaited: Sized {
    fn __check(self) -> Awaited {
        Awaited
    }
}
impl<X> IsAwaited for ProbeAwaited<X> {}

pub trait IsCollection: Sized {
    fn __check(self) -> Collection {
        Collection
    }
}
impl<X: IntoIterator<Item: IntoFuture>> IsCollection for Probe<X> {}

/// `Arguments` are those of the function: without them the impls would overlap.
pub trait IsFunction<Arguments>: Sized {
    type Found: Default;
    fn __check(self) -> Self::Found {
        Self::Found::default()
    }
}
impl<X: FnOnce() -> R, R: IntoFuture> IsFunction<()> for &Probe<X> {
    type Found = Function;
}
impl<X: FnOnce(A) -> R, R: IntoFuture, A> IsFunction<(A,)> for &Probe<X> {
    type Found = FunctionOf;
}
impl<X: FnOnce(A, B) -> R, R: IntoFuture, A, B> IsFunction<(A, B)> for &Probe<X> {
    type Found = FunctionOf;
}
impl<X: FnOnce(A, B, C) -> R, R: IntoFuture, A, B, C> IsFunction<(A, B, C)> for &Probe<X> {
    type Found = FunctionOf;
}

pub trait IsOther: Sized {
    fn __check(self) -> Other {
        Other
    }
}
impl<X> IsOther for &mut Probe<X> {}

refuse! {
    /// `fetch().await`
    #[text(
        message = "this branch is awaited before the others start",
        label = "remove its `.await`: the macro awaits all branches at once",
        note = "write `fetch()` and not `fetch().await` here: the one `.await` comes after the macro"
    )]
    Awaited: DoNotAwait;

    /// `tasks`
    #[text(
        message = "expected a future, found a collection of futures",
        label = "spread it: put `..` in front",
        note = "Python's `*tasks` is written `..tasks`"
    )]
    Collection: SpreadIt;

    /// `fetch`
    #[text(
        message = "expected a future, found a function that returns one",
        label = "call it: add `()`",
        note = "an `async fn` or an `async` closure does nothing until it is called"
    )]
    Function: CallIt;

    /// `fetch`, which takes arguments
    #[text(
        message = "expected a future, found a function that returns one",
        label = "call it with its arguments",
        note = "an `async fn` or an `async` closure does nothing until it is called"
    )]
    FunctionOf: CallItWithArguments;

    /// Anything else.
    #[text(
        message = "expected a future, found `{Self}`",
        label = "not a future",
        note = "to mix in a value that is already there, write `async {{ value }}` or `std::future::ready(value)`"
    )]
    Other: NotAFuture;
}

refuse_branch! {
    Awaited: DoNotAwait;
    Collection: SpreadIt;
    Function: CallIt;
    FunctionOf: CallItWithArguments;
    Other: NotAFuture;
}

impl Default for Function {
    fn default() -> Self {
        Function
    }
}

impl Default for FunctionOf {
    fn default() -> Self {
        FunctionOf
    }
}
