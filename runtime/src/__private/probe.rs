//! Is a branch a future at all?

use super::outputs::Output;
use super::refuse::{refuse, refuse_branch};
use core::future::{Future, IntoFuture};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

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

/// For the future of `wait_for!` as well.
pub trait IsUnpinned: Sized {
    fn __check(self) -> Unpinned {
        Unpinned
    }
}
impl<X: DerefMut<Target: Future>> IsUnpinned for Probe<X> {}

/// For the future of `wait_for!` as well.
pub trait IsShared: Sized {
    fn __check(self) -> Shared {
        Shared
    }
}
impl<X: Deref<Target: Future>> IsShared for &Probe<X> {}

pub trait IsReferences: Sized {
    fn __check(self) -> References {
        References
    }
}
impl<X: IntoIterator<Item: Deref<Target: IntoFuture>>> IsReferences for &Probe<X> {}

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

    /// `&mut future`, `Box::new(future)`
    #[text(
        message = "expected a future, found one that is not pinned behind `{Self}`",
        label = "pin it first",
        note = "write `let mut future = std::pin::pin!(fetch());`, and here `future.as_mut()`; in a box it is `Box::pin(fetch())`"
    )]
    Unpinned: PinIt;

    /// `&task`
    #[text(
        message = "expected a future, found a shared reference to one",
        label = "only its owner can await it, or who has it by `&mut`",
        note = "to wait for a task and keep it, write `&mut task`"
    )]
    Shared: NotByReference;

    /// `&tasks`
    #[text(
        message = "expected a future, found a collection of references to futures",
        label = "spread the futures themselves: `..tasks`",
        note = "to wait for tasks and keep them, write `..tasks.iter_mut()`"
    )]
    References: SpreadThemselves;

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
    Unpinned: PinIt;
    Shared: NotByReference;
    References: SpreadThemselves;
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
