//! Is a branch of a wait a task, and is what `..` stands before a set of tasks?

use super::outputs::{Class, FlatTask, MuteTask, NoTask, PlainTask};
use super::refuse::{accept, refuse};
use crate::wait::{
    AnyTask, AsItIs, Flattened, Remaining, WaitFirst, WaitFirstOf, wait_first, wait_first_of,
};
use core::future::IntoFuture;
use core::marker::PhantomData;
use core::ops::Deref;
use core::time::Duration;

#[derive(Debug)]
pub struct ProbeTask<C>(C);

/// A branch of a wait, of this class.
pub fn probe_task<C>(class: C) -> ProbeTask<C> {
    ProbeTask(class)
}

/// As that of a `Join`: where what the task returns is still to be inferred, rustc says "type annotations needed".
impl<C: Class> Deref for ProbeTask<C> {
    type Target = C::Value;

    fn deref(&self) -> &C::Value {
        unreachable!("this is only type-checked")
    }
}

impl<C: WaitedFor> ProbeTask<C> {
    pub fn __check(self) -> C::Found {
        self.0.found()
    }
}

/// A class of branches, and how a wait takes them.
pub trait WaitedFor {
    type Found;
    fn found(self) -> Self::Found;
}

macro_rules! waited_for {
    ($($Class:ident<$($Param:ident),*> => $Found:ident;)*) => { $(
        impl<$($Param),*> WaitedFor for $Class<$($Param),*> {
            type Found = $Found;

            fn found(self) -> $Found {
                $Found
            }
        }
    )* };
}

waited_for! {
    FlatTask<F, E> => FlatBranch;
    MuteTask<F, E> => TaskBranch;
    PlainTask<F> => TaskBranch;
    NoTask<F> => PlainFuture;
}

accept! {
    /// A task whose `Result` can say that it was cancelled.
    FlatBranch
}
accept! {
    /// Any other task.
    TaskBranch
}

impl FlatBranch {
    pub fn take<X>(self, task: X) -> (X::IntoFuture, Flattened)
    where
        X: IntoFuture<IntoFuture: AnyTask>,
    {
        (task.into_future(), Flattened)
    }
}

impl TaskBranch {
    pub fn take<X>(self, task: X) -> (X::IntoFuture, AsItIs)
    where
        X: IntoFuture<IntoFuture: AnyTask>,
    {
        (task.into_future(), AsItIs)
    }
}

#[derive(Debug)]
pub struct ProbeSet<X>(PhantomData<fn(X)>);

/// What a `..` stands before.
pub fn probe_set<X>(_: &X) -> ProbeSet<X> {
    ProbeSet(PhantomData)
}

accept! {
    /// What an earlier wait left pending.
    PendingSet
}
accept! {
    /// An iterator of tasks.
    TaskSet
}

impl PendingSet {
    pub fn take<X: Remaining>(self, pending: X) -> WaitPending<X> {
        WaitPending(pending)
    }
}

impl TaskSet {
    pub fn take<X: IntoIterator<Item: AnyTask>>(self, tasks: X) -> WaitTasks<X> {
        WaitTasks(tasks)
    }
}

impl<X: Remaining> ProbeSet<X> {
    pub fn __check(self) -> PendingSet {
        PendingSet
    }
}

pub trait IsTaskSet: Sized {
    fn __check(self) -> TaskSet {
        TaskSet
    }
}
impl<X: IntoIterator<Item: AnyTask>> IsTaskSet for ProbeSet<X> {}

pub trait IsFutureSet: Sized {
    fn __check(self) -> FutureSet {
        FutureSet
    }
}
impl<X: IntoIterator<Item: IntoFuture>> IsFutureSet for &ProbeSet<X> {}

pub trait IsNoSet: Sized {
    fn __check(self) -> NoSet {
        NoSet
    }
}
impl<X> IsNoSet for &mut ProbeSet<X> {}

/// What an earlier wait left pending.
#[derive(Debug)]
pub struct WaitPending<X>(X);

/// An iterator of tasks.
#[derive(Debug)]
pub struct WaitTasks<X>(X);

impl<X: Remaining> WaitPending<X> {
    #[track_caller]
    pub fn wait(self, limit: Option<Duration>) -> WaitFirst<X> {
        wait_first(self.0, limit)
    }
}

impl<X: IntoIterator<Item: AnyTask>> WaitTasks<X> {
    #[track_caller]
    pub fn wait(self, limit: Option<Duration>) -> WaitFirstOf<X::Item> {
        wait_first_of(self.0, limit)
    }
}

refuse! {
    /// A future that is no task.
    #[text(
        message = "`wait_first!` waits for tasks, and this is a plain future",
        label = "not a task: write `create_task(..)`",
        note = "its losers keep running, so its branches are tasks",
        note = "to race plain futures, the losers dropped, write `wait_first!(if let a = one() {{ .. }} else if let b = two() {{ .. }})`"
    )]
    PlainFuture: MustBeTask;

    /// Futures that are no tasks.
    #[text(
        message = "`wait_first!` waits for tasks, and these are plain futures",
        label = "not tasks: write `create_task(..)` for each, as in `..futures.into_iter().map(create_task)`",
        note = "its losers keep running, so its branches are tasks"
    )]
    FutureSet: MustBeTasks;

    /// Anything else.
    #[text(
        message = "`..` spreads tasks, or what an earlier `wait_first!` left pending, and `{Self}` is neither",
        label = "neither an iterator of tasks nor what is pending"
    )]
    NoSet: MustBeSet;
}
