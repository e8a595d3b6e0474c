//! Is a branch of a wait a task, and is what `..` stands before a set of tasks?

use super::refuse::{accept, refuse};
use crate::CancelledError;
use crate::wait::{
    AnyTask, AsItIs, Flattened, Remaining, WaitFirst, WaitFirstOf, wait_first, wait_first_of,
};
use core::future::IntoFuture;
use core::marker::PhantomData;
use core::time::Duration;

#[derive(Debug)]
pub struct ProbeTask<X>(PhantomData<fn(X)>);

/// A branch of a wait, known to be a future.
pub fn probe_task<X>(_: &X) -> ProbeTask<X> {
    ProbeTask(PhantomData)
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
    pub fn take<X: AnyTask>(self, task: X) -> (X, Flattened) {
        (task, Flattened)
    }
}

impl TaskBranch {
    pub fn take<X: AnyTask>(self, task: X) -> (X, AsItIs) {
        (task, AsItIs)
    }
}

impl<X: AnyTask<Value = Result<T, E>>, T, E: From<CancelledError>> ProbeTask<X> {
    pub fn __check(self) -> FlatBranch {
        FlatBranch
    }
}

pub trait IsTask: Sized {
    fn __check(self) -> TaskBranch {
        TaskBranch
    }
}
impl<X: AnyTask> IsTask for ProbeTask<X> {}

pub trait IsPlainFuture: Sized {
    fn __check(self) -> PlainFuture {
        PlainFuture
    }
}
impl<X> IsPlainFuture for &ProbeTask<X> {}

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
