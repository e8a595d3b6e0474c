//! `task_group!`.

use super::group::{Flavour, TaskGroup};
use super::run::Run;
use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;

/// Runs a block with children that none of them outlives: `async with asyncio.TaskGroup() as tg:`.
///
/// `task_group!(|tg| { .. })` is a future. It runs the block, then waits for every child that was added
/// with `tg`, a [`TaskGroup`](crate::TaskGroup). Its output is `Result<T, ExceptionGroup<E>>`: `T` is the
/// value of the block (of its `Ok`, where the block gives a `Result`), `E` the error of the children,
/// [`Infallible`](std::convert::Infallible) where none can fail.
///
/// `?` and `return` leave the block, not the function around it. Borrowed variables of the function
/// may be used in the block and in the children; children do not borrow variables of the block.
///
/// * `task_group!(move |tg| { .. })` moves what it uses into the future.
/// * `task_group!(local |tg| { .. })` takes children that are not `Send`, and is not `Send` itself.
///
/// It is a macro and not a function that takes an `async` closure, because such a function cannot be
/// spawned: rustc 1.95 says "implementation of `AsyncFnOnce` is not general enough".
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, task_group};
///
/// async fn fetch(url: &str) -> Result<usize, std::fmt::Error> {
///     sleep(0.01).await;
///     Ok(url.len())
/// }
///
/// #[asyncio::main]
/// async fn main() {
///     let urls = ["a", "bc"];
///     let total = task_group!(|tg| {
///         let first = tg.create_task(fetch(urls[0]));
///         let second = tg.create_task(fetch(urls[1]));
///         first.await.unwrap_or(0) + second.await.unwrap_or(0)
///     })
///     .await;
///     assert_eq!(total.unwrap(), 3);
/// }
/// ```
#[macro_export]
macro_rules! task_group {
    (|$tg:ident| $body:block $(,)?) => {
        async { $crate::task_group!(@run $tg, new, async $body) }
    };
    (move |$tg:ident| $body:block $(,)?) => {
        async move { $crate::task_group!(@run $tg, new, async $body) }
    };
    (local |$tg:ident| $body:block $(,)?) => {
        async { $crate::task_group!(@run $tg, local, async $body) }
    };
    (local move |$tg:ident| $body:block $(,)?) => {
        async move { $crate::task_group!(@run $tg, local, async $body) }
    };
    (@run $tg:ident, $new:ident, async $body:tt) => {{
        #[allow(unused_imports)]
        use $crate::__private::groups::{BodyIsPlain as _, NoErrorNamed as _};
        let $tg = $crate::TaskGroup::$new();
        let body = async $body;
        let kind = $crate::__private::groups::body_kind(&$tg, &body).__kind();
        $crate::__private::groups::group_for(&$tg).__settle();
        kind.run(&$tg, body).await
    }};
    // For rust-analyzer: a block that is half typed. rustc stops at it above. What these expand to is the
    // same, token by token, or nothing would be completed in it.
    (|$tg:ident| { $($body:tt)* } $(,)?) => {
        async { $crate::task_group!(@run $tg, new, async { $($body)* }) }
    };
    (move |$tg:ident| { $($body:tt)* } $(,)?) => {
        async move { $crate::task_group!(@run $tg, new, async { $($body)* }) }
    };
    (local |$tg:ident| { $($body:tt)* } $(,)?) => {
        async { $crate::task_group!(@run $tg, local, async { $($body)* }) }
    };
    (local move |$tg:ident| { $($body:tt)* } $(,)?) => {
        async move { $crate::task_group!(@run $tg, local, async { $($body)* }) }
    };
    ($($misused:tt)*) => {
        $crate::__private::macros::task_group! { [$crate] $($misused)* }
    };
}

/// Decides the error type where nothing else does.
#[derive(Debug)]
pub struct GroupFor<'a, 's, E, M: Flavour>(PhantomData<&'a TaskGroup<'s, E, M>>);

/// Looks at the error type of a group.
pub fn group_for<'a, 's, E, M: Flavour>(_: &'a TaskGroup<'s, E, M>) -> GroupFor<'a, 's, E, M> {
    GroupFor(PhantomData)
}

impl<M: Flavour> GroupFor<'_, '_, Infallible, M> {
    /// Method resolution takes this for an error type that is still open, and thereby decides it.
    pub fn __settle(&self) {}
}

/// A group whose error type is decided.
pub trait NoErrorNamed {
    /// Nothing is to be done.
    fn __settle(&self) {}
}

impl<E, M: Flavour> NoErrorNamed for GroupFor<'_, '_, E, M> {}

/// Finds out whether a body gives a `Result` with the error of the group.
#[derive(Debug)]
pub struct BodyProbe<B, E>(PhantomData<fn(B, E)>);

/// Looks at what a body gives.
pub fn body_kind<B: Future, E, M: Flavour>(_: &TaskGroup<'_, E, M>, _: &B) -> BodyProbe<B, E> {
    BodyProbe(PhantomData)
}

/// A body that gives a `Result`.
#[derive(Debug)]
pub struct Fallible;

/// A body that gives something else.
#[derive(Debug)]
pub struct Plain;

impl<B: Future<Output = Result<T, E>>, T, E> BodyProbe<B, E> {
    /// It can fail.
    pub fn __kind(self) -> Fallible {
        Fallible
    }
}

/// Every other body.
pub trait BodyIsPlain: Sized {
    /// It cannot fail.
    fn __kind(self) -> Plain {
        Plain
    }
}

impl<B, E> BodyIsPlain for BodyProbe<B, E> {}

impl Fallible {
    /// [`TaskGroup::try_run`].
    #[track_caller]
    pub fn run<'g, 's, B, T, E, M>(
        self,
        tg: &'g TaskGroup<'s, E, M>,
        body: B,
    ) -> Run<'g, 's, E, M, B, T>
    where
        B: Future<Output = Result<T, E>>,
        M: Flavour,
    {
        tg.try_run(body)
    }
}

impl Plain {
    /// [`TaskGroup::run`].
    #[track_caller]
    pub fn run<'g, 's, B, E, M>(
        self,
        tg: &'g TaskGroup<'s, E, M>,
        body: B,
    ) -> Run<'g, 's, E, M, B, B::Output>
    where
        B: Future,
        M: Flavour,
    {
        tg.run(body)
    }
}
