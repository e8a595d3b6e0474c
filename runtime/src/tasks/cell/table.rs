//! What depends on the type of a cell, and how a body ends in there.

use super::{Body, Cell, Head, Lent, Stage, Table, TaskRef};
use crate::memory::pool;
use crate::outcome::Outcome;
use crate::scope::{More, Simply, report};
use crate::tasks::header::Ended;
use crate::tasks::root;
use std::alloc::Layout;
use std::any::Any;
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, offset_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};
use tokio::runtime::Id;

/// What a cell keeps of who runs it.
pub(super) trait Runner: Copy {
    const ON_LOOP: bool;
}

/// A loop of ours, which the head has.
impl Runner for () {
    const ON_LOOP: bool = true;
}

/// A runtime of Tokio's.
impl Runner for Id {
    const ON_LOOP: bool = false;
}

/// The tables of cells that our loop polls.
pub(super) struct OfLoop<B>(PhantomData<B>);

impl<B: Body> OfLoop<B> {
    pub(super) const TABLE: &'static Table = &Table {
        // SAFETY: passed on to the caller.
        run: |task, cx| unsafe { run_on::<(), B>(task.lend(), cx, More::All) },
        run_simply: run_simply::<B>,
        abandon: abandon::<(), B>,
        lose: lose::<B::Output>,
        free: free::<(), B, B::Output>,
        outcome: offset_of!(Cell<(), B, B::Output>, stage),
        runtime: |task| task.head().home.and_then(|home| home.tasks().runtime()),
    };
}

/// The tables of cells that are polled elsewhere.
pub(super) struct Elsewhere<B>(PhantomData<B>);

impl<B: Body> Elsewhere<B> {
    pub(super) const TABLE: &'static Table = &Table {
        run: run_elsewhere::<B>,
        run_simply: run_elsewhere::<B>,
        abandon: abandon::<Id, B>,
        lose: lose::<B::Output>,
        free: free::<Id, B, B::Output>,
        outcome: offset_of!(Cell<Id, B, B::Output>, stage),
        runtime: |task| {
            let cell = task.0.cast::<Cell<Id, B, B::Output>>();
            // SAFETY: cells with this table are of this type, and live as long as the reference.
            Some(unsafe { &*cell.as_ptr() }.runner)
        },
    };
}

/// The table of cells of no task, which nobody polls.
pub(super) static NO_TASK: Table = Table {
    run: |_, _| None,
    run_simply: |_, _| None,
    abandon: |_| Ended::Cancelled,
    lose: lose::<()>,
    free: free::<(), (), ()>,
    outcome: offset_of!(Cell<(), (), ()>, stage),
    runtime: |_| None,
};

/// The stage of a cell.
///
/// # Safety
///
/// The cell must be one of these types.
#[inline]
unsafe fn stage<R: Runner, B: Body>(task: &TaskRef) -> *mut Stage<B, B::Output> {
    let cell = task.0.cast::<Cell<R, B, B::Output>>();
    // SAFETY: the caller promises the type; the cell lives as long as the reference.
    UnsafeCell::raw_get(unsafe { &raw const (*cell.as_ptr()).stage })
}

/// # Safety
///
/// The cell must be one of these types with a body; for its loop, which has it in a simple turn, and not from inside of the
/// body.
unsafe fn run_simply<B: Body>(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    // All that there is for most is in here, as it is a function of its own.
    let run = || {
        // SAFETY: the caller promises the type, and that there is a body, which nobody else touches. It stays where it is.
        let body = unsafe { Pin::new_unchecked(&mut *(*stage::<(), B>(task)).body) };
        // SAFETY: where it is not simple, `run_on` has its turns be special, and so has who asks it to end.
        match unsafe { body.poll_simply(task, cx) } {
            Simply::Pending => Ran::Pending,
            Simply::Value(value) => {
                // SAFETY: passed on to the caller.
                Ran::Ended(unsafe { replace_body::<(), B>(task, || Outcome::Returned(value)) })
            }
            Simply::More(More::All) => Ran::All,
            Simply::More(More::Cleanup) => Ran::Cleanup,
        }
    };
    let more = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ran::Pending) => return None,
        Ok(Ran::Ended(ended)) => return Some(ended),
        Ok(Ran::All) => More::All,
        Ok(Ran::Cleanup) => More::Cleanup,
        // SAFETY: passed on to the caller; it came out of the body.
        Err(panic) => return unsafe { run_panicked::<B>(task.lend(), cx, panic) },
    };
    // SAFETY: passed on to the caller.
    unsafe { run_on::<(), B>(task.lend(), cx, more) }
}

/// What a simple poll comes to, in one byte: what is written in parts and read as a whole is waited for.
enum Ran {
    Pending,
    Ended(Ended),
    /// There is [more](More) to do.
    All,
    Cleanup,
}
const _: () = assert!(size_of::<Ran>() == 1);

/// Goes on where the body has panicked.
///
/// # Safety
///
/// As [`run_simply`].
#[cold]
#[inline(never)]
unsafe fn run_panicked<B: Body>(
    task: Lent,
    cx: &mut Context<'_>,
    panic: Box<dyn Any + Send>,
) -> Option<Ended> {
    let end = |task: &TaskRef| {
        // SAFETY: as in `run_simply`.
        let body = unsafe { Pin::new_unchecked(&mut *(*stage::<(), B>(task)).body) };
        body.end_with(panic);
    };
    // SAFETY: it is alive, as it has a body.
    unsafe { task.with(end) };
    // SAFETY: passed on to the caller.
    unsafe { run_on::<(), B>(task, cx, More::Cleanup) }
}

/// # Safety
///
/// As [`run_simply`], for whoever runs the task.
unsafe fn run_elsewhere<B: Body>(task: &TaskRef, cx: &mut Context<'_>) -> Option<Ended> {
    // SAFETY: as in `run_simply`.
    let body = unsafe { Pin::new_unchecked(&mut *(*stage::<Id, B>(task)).body) };
    match body.poll_elsewhere(task, cx) {
        Simply::Pending => None,
        Simply::Value(value) => {
            // SAFETY: passed on to the caller.
            Some(unsafe { replace_body::<Id, B>(task, || Outcome::Returned(value)) })
        }
        // SAFETY: as above.
        Simply::More(more) => unsafe { run_on::<Id, B>(task.lend(), cx, more) },
    }
}

/// Polls it where there is more to do, and finds out whether its next turn may be simple.
///
/// # Safety
///
/// As [`run_elsewhere`].
// By value, so that the quick way need not keep where it had the reference.
#[cold]
#[inline(never)]
unsafe fn run_on<R: Runner, B: Body>(
    task: Lent,
    cx: &mut Context<'_>,
    more: More,
) -> Option<Ended> {
    let run_on = |task: &TaskRef| {
        // SAFETY: the caller promises the type.
        let stage = unsafe { stage::<R, B>(task) };
        // SAFETY: there is a body, which nobody else touches. It stays where it is.
        let mut body = unsafe { Pin::new_unchecked(&mut *(*stage).body) };
        let standing = task.standing();
        let was_special = standing.is_special();
        standing.set_special(true); // also if it unwinds
        match body.as_mut().poll_on(task, cx, R::ON_LOOP, more) {
            Poll::Pending => {
                if !was_special && body.is_simple(task) {
                    standing.set_special(false);
                }
                None
            }
            Poll::Ready(end) => {
                // SAFETY: as above.
                Some(unsafe { replace_body::<R, B>(task, || root::outcome(end, task)) })
            }
        }
    };
    // SAFETY: it is alive, as it has a body.
    unsafe { task.with(run_on) }
}

/// # Safety
///
/// As [`run_elsewhere`].
unsafe fn abandon<R: Runner, B: Body>(task: &TaskRef) -> Ended {
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there is a body, which nobody else touches. It stays where it is.
    let body = unsafe { Pin::new_unchecked(&mut *(*stage).body) };
    // What it reports may panic, where nobody has its standard error: the task ends all the same.
    let outcome = catch_unwind(AssertUnwindSafe(|| body.abandon(task)));
    let outcome = outcome.unwrap_or_else(Outcome::Panicked);
    // SAFETY: as above.
    unsafe { replace_body::<R, B>(task, || outcome) }
}

/// Drops the body, and has the outcome take its place.
///
/// # Safety
///
/// As [`run_elsewhere`].
// The outcome is made where it is to be: it would be read by wider loads than it was written by just before, for which the
// processor waits some 5 ns.
#[inline(always)]
unsafe fn replace_body<R: Runner, B: Body>(
    task: &TaskRef,
    outcome: impl FnOnce() -> Outcome<B::Output>,
) -> Ended {
    task.head().standing.end();
    // SAFETY: the caller promises the type.
    let stage = unsafe { stage::<R, B>(task) };
    // SAFETY: there is a body, which nobody else touches.
    if !unsafe { &*(*stage).body }.is_empty() {
        // SAFETY: passed on to the caller.
        unsafe { drop_body::<R, B>(task.lend()) };
    }
    // SAFETY: there was a body, now there is nothing.
    unsafe { task.put(outcome()) }
}

/// # Safety
///
/// As [`run_elsewhere`].
#[inline(never)]
unsafe fn drop_body<R: Runner, B: Body>(task: Lent) {
    // SAFETY: it is alive; the caller promises the type.
    let stage = unsafe { task.with(|task| stage::<R, B>(task)) };
    // SAFETY: there was a body, it is dropped in its place and not touched again.
    let drop_body = || unsafe { ManuallyDrop::drop(&mut (*stage).body) };
    report::catch("what a task ran, when dropped,", drop_body);
}

/// # Safety
///
/// The task must have an outcome of this type, which is the task's side's.
#[cold]
unsafe fn lose<T>(task: &TaskRef) {
    // SAFETY: passed on to the caller. It is not read again.
    let outcome = unsafe { task.outcome::<T>().read() };
    root::report_unretrieved(task, &outcome);
    root::discard(outcome);
}

/// # Safety
///
/// The cell must be of this type, and nobody must have a reference.
pub(super) unsafe fn free<R: Runner, B, T>(head: NonNull<Head>) {
    let cell = head.cast::<Cell<R, B, T>>();
    // SAFETY: it is there still.
    if !unsafe { head.as_ref() }.header.is_bare() {
        // SAFETY: nobody else has a reference. There is nothing in the stage, whose union drops nothing.
        unsafe { drop_cell(cell) };
    }
    // SAFETY: it was taken with this layout.
    unsafe { pool::give_back(cell.cast(), Layout::new::<Cell<R, B, T>>()) };
}

/// # Safety
///
/// As of `drop_in_place`.
#[cold]
#[inline(never)]
unsafe fn drop_cell<C>(cell: NonNull<C>) {
    // SAFETY: passed on to the caller.
    unsafe { cell.drop_in_place() };
}
