//! What does a branch yield: a `Result`, or the outcome of a task?

use super::kinds::Plain;
#[cfg(feature = "tokio")]
use super::kinds::{Flat, flat};
use super::spread::Spread;
#[cfg(feature = "tokio")]
use crate::CancelledError;
use crate::gather::{All, all};
#[cfg(feature = "tokio")]
use crate::wait::AnyTask;
use core::future::Future;
use core::marker::PhantomData;

/// The output of a branch whose future is an `F`.
#[derive(Debug)]
pub struct Output<F>(PhantomData<fn(F)>);

/// The output of a branch.
pub fn output<F: Future>(_: &F) -> Output<F> {
    Output(PhantomData)
}

/// The outputs of the futures that a `..` stands before.
pub fn outputs<I>(_: &Spread<I>) -> Output<<Spread<I> as Iterator>::Item>
where
    Spread<I>: Iterator<Item: Future>,
{
    Output(PhantomData)
}

// Owned and borrowed tasks are one `AnyTask` here: with an inherent method for each of the two, a type
// that is wrong already would be reported again, as it could be either.

// Is it known yet? A probe takes the first candidate where a type is still to be inferred, so an output
// that comes to be anything would be taken for a `Result`. A method call on a value of that type, in
// dead code, makes this "type annotations needed" instead.

#[cfg(feature = "tokio")]
impl<F: AnyTask> Output<F> {
    pub fn __value(&self) -> F::Value {
        unreachable!("this is only type-checked")
    }
}

pub trait OtherValue: Sized {
    type Value;
    fn __value(&self) -> Self::Value {
        unreachable!("this is only type-checked")
    }
}
impl<F: Future> OtherValue for Output<F> {
    type Value = F::Output;
}

pub trait Known: Sized {
    fn __known(self) {}
}
impl<T> Known for T {}

// Is it a task? The first of these four that fits.

/// A task that yields a `Result` whose error can say that the task was cancelled.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct FlatTask<E>(PhantomData<E>);

/// A task that yields a `Result` whose error cannot.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct MuteTask<E>(PhantomData<E>);

/// A task that yields anything else.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct PlainTask;

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
    pub fn __class(self) -> FlatTask<<F::Value as SaysCancelled>::Error> {
        FlatTask(PhantomData)
    }
}

#[cfg(feature = "tokio")]
pub trait IsMuteTask<E>: Sized {
    fn __class(self) -> MuteTask<E> {
        MuteTask(PhantomData)
    }
}
#[cfg(feature = "tokio")]
impl<F: AnyTask<Value = Result<T, E>>, T, E> IsMuteTask<E> for Output<F> {}

#[cfg(feature = "tokio")]
pub trait IsPlainTask: Sized {
    fn __class(self) -> PlainTask {
        PlainTask
    }
}
#[cfg(feature = "tokio")]
impl<F: AnyTask> IsPlainTask for &Output<F> {}

pub trait IsNoTask<F>: Sized {
    fn __class(self) -> NoTask<F> {
        NoTask(PhantomData)
    }
}
impl<F> IsNoTask<F> for &mut Output<F> {}

/// What all classes but `FlatTask` do with their futures.
macro_rules! as_they_are {
    ($($Class:ident $(<$Param:ident>)?),*) => { $(
        impl $(<$Param>)? $Class $(<$Param>)? {
            /// The future of the branch.
            pub fn __take<X: Future>(&self, x: X) -> X {
                x
            }

            /// The futures of a spread.
            pub fn __take_all<I: Iterator<Item: Future>>(&self, iter: I) -> I {
                iter
            }

            /// The branch, where every outcome is taken as it is.
            pub fn __whole<X: Future>(&self, x: X) -> Plain<X> {
                Plain(x)
            }

            /// A spread, where every outcome is taken as it is.
            #[track_caller]
            pub fn __whole_all<I: Iterator<Item: Future>>(&self, iter: I, limit: usize) -> Plain<All<I::Item>> {
                Plain(all(iter, limit))
            }
        }
    )* };
}
as_they_are!(NoTask<F>);
#[cfg(feature = "tokio")]
as_they_are!(MuteTask<E>, PlainTask);

#[cfg(feature = "tokio")]
impl<E> FlatTask<E> {
    pub fn __take<F: CanBeFlat>(&self, task: F) -> F::Flat {
        task.flat()
    }

    pub fn __take_all<I>(&self, tasks: I) -> impl Iterator<Item = <I::Item as CanBeFlat>::Flat>
    where
        I: Iterator<Item: CanBeFlat>,
    {
        tasks.map(CanBeFlat::flat)
    }

    pub fn __whole<F, T>(&self, task: F) -> Plain<Flat<F>>
    where
        F: Future<Output = Result<Result<T, E>, CancelledError>> + Unpin,
        E: From<CancelledError>,
    {
        Plain(flat(task))
    }

    #[track_caller]
    pub fn __whole_all<I, T>(&self, tasks: I, limit: usize) -> Plain<All<Flat<I::Item>>>
    where
        I: Iterator<Item: Future<Output = Result<Result<T, E>, CancelledError>> + Unpin>,
        E: From<CancelledError>,
    {
        Plain(all(tasks.map(flat), limit))
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

// Can it fail, and with what?

/// It cannot fail.
#[derive(Debug)]
pub struct CannotFail;

/// It fails with `E`.
#[derive(Debug)]
pub struct Fails<E>(PhantomData<fn() -> E>);

/// It is a task: it fails with any error that can say that it was cancelled.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct Cancellable;

/// It is a task that fails with `E`, which cannot say that it was cancelled.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct Mute<E>(PhantomData<fn() -> E>);

/// What a future that is no task fails with, to be asked for by `__fails`.
#[derive(Debug)]
pub struct Failure<F>(PhantomData<fn(F)>);

impl<F> NoTask<F> {
    pub fn __failure(&self) -> Failure<F> {
        Failure(PhantomData)
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Failure<F> {
    pub fn __fails(self) -> Fails<E> {
        Fails(PhantomData)
    }
}

pub trait OtherOutput: Sized {
    fn __fails(self) -> CannotFail {
        CannotFail
    }
}
impl<F> OtherOutput for Failure<F> {}

#[cfg(feature = "tokio")]
mod of_tasks {
    use super::*;

    impl<E> FlatTask<E> {
        pub fn __failure(&self) -> Fails<E> {
            Fails(PhantomData)
        }
    }

    impl<E> Fails<E> {
        pub fn __fails(self) -> Self {
            self
        }
    }

    impl<E> MuteTask<E> {
        pub fn __failure(&self) -> Mute<E> {
            Mute(PhantomData)
        }
    }

    impl<E> Mute<E> {
        pub fn __fails(self) -> Self {
            self
        }
    }

    impl PlainTask {
        pub fn __failure(&self) -> Cancellable {
            Cancellable
        }
    }

    impl Cancellable {
        pub fn __fails(self) -> Self {
            self
        }
    }
}
