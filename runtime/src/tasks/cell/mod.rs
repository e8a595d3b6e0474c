//! The memory of a task: what everybody shares who knows it, its future, and its outcome. One allocation.
//!
//! # Why this is sound
//!
//! A [`Cell`] lives until its last reference is dropped: those are counted in [`Head`], as `Arc` does. The
//! `Head` is at the same place in every cell, so a [`TaskRef`] need not know the cell's type; what depends
//! on it is in the table that the head points to, and each function of a table is made for the type of
//! the cells that have it.
//!
//! The *stage* holds the body, then the outcome, then nothing. The body is there from the beginning. It is
//! touched by whoever runs the task alone: our loop, on its own thread, or the task's one
//! [`Root`](super::root::Root), which goes to no thread that the body may not go to
//! ([`run`](TaskRef::run), [`abandon`](TaskRef::abandon)); and not any more once its standing says that it has ended. It is pinned:
//! it does not move, and is dropped where it is. Who has dropped the body writes the outcome, once. Who may touch
//! the outcome after that is what [`Join`](super::join::Join) decides. When the last reference goes the outcome was
//! taken, or dropped: by the `Task` that is dropped, or by the task if the `Task` was dropped before. (If the body's
//! owner forgets the task, or a `Task` is forgotten, the count never gets to zero.)
//!
//! The `standing` is for whoever runs the task only; the other fields are shared by atomics and locks. A
//! waker of a task of our loop is a counted reference.
#![allow(unsafe_code)]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "where a place is reached by a pointer, and used, one reason holds for both"
)]

mod asked;
mod making;
mod standing;
mod table;
mod task_ref;
mod waker;

pub(crate) use standing::{Standing, Turn};
pub(crate) use waker::clone_of_task;

use super::header::{Ended, Header};
use super::list::Links;
use crate::events::Home;
use crate::outcome::Outcome;
use crate::scope::{More, Simply};
use std::any::Any;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::task::{Context, Poll};
use tokio::runtime::Id;

/// What a body comes to: a value, nothing if it was cancelled, or a panic.
pub(super) type End<T> = Result<Option<T>, Box<dyn Any + Send>>;

pub(crate) type Polled<T> = Poll<End<T>>;

/// What is polled in a cell.
pub(crate) trait Body {
    /// What its outcome is of.
    type Output;

    /// Polls it, as the current task, on a loop of ours. A value ends it: it is dropped, and the outcome takes its
    /// place. What panics is for [`end_with`](Self::end_with).
    ///
    /// # Safety
    ///
    /// It [`is_simple`](Self::is_simple), but for requests that came just now.
    unsafe fn poll_simply(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
    ) -> Simply<Self::Output>;

    /// It has panicked there; after this it is polled on, for its cleanup. A panic must not come out of it, unless the loop is
    /// to end with it.
    fn end_with(self: Pin<&mut Self>, panic: Box<dyn Any + Send>);

    /// The same as [`poll_simply`](Self::poll_simply) elsewhere, if it is as most of them. No panic comes out of it.
    fn poll_elsewhere(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
    ) -> Simply<Self::Output>;

    /// Whether there is nothing to do in a poll that is not there for every one.
    fn is_simple(self: Pin<&mut Self>, task: &TaskRef) -> bool;

    /// Polls it where there is more to do, with what the others said. `Ready` ends it.
    fn poll_on(
        self: Pin<&mut Self>,
        task: &TaskRef,
        cx: &mut Context<'_>,
        on_loop: bool,
        more: More,
    ) -> Polled<Self::Output>;

    /// Nobody will poll it again.
    fn abandon(self: Pin<&mut Self>, task: &TaskRef) -> Outcome<Self::Output>;

    /// Whether there is nothing in it that has to be dropped.
    fn is_empty(&self) -> bool;
}

#[repr(C)]
struct Cell<R, B, T> {
    head: Head,
    runner: R,
    stage: UnsafeCell<Stage<B, T>>,
}

union Stage<B, T> {
    body: ManuallyDrop<B>,
    #[allow(
        dead_code,
        reason = "the offset of the stage is all that `TaskRef::outcome` needs"
    )]
    outcome: ManuallyDrop<Outcome<T>>,
    nothing: (),
}

/// What is at the beginning of every cell.
pub(super) struct Head {
    references: AtomicU32,
    standing: Standing,
    /// It is in the inbox of its loop.
    called: AtomicBool,
    table: &'static Table,
    /// The loop that polls it, if it is ours.
    home: Option<&'static Home>,
    links: Links,
    header: Header,
}

// SAFETY: see above for the fields that are not `Sync`; the header is, as the next line says.
unsafe impl Sync for Head {}
const _: fn() = can_be_shared::<Header>;

const fn can_be_shared<T: Send + Sync>() {}

impl Head {
    pub(super) fn links(&self) -> &Links {
        &self.links
    }
}

/// What depends on the type of a cell.
struct Table {
    /// How it ended, once the body is gone and the outcome in its place.
    run: unsafe fn(&TaskRef, &mut Context<'_>) -> Option<Ended>,
    /// The same on a loop of ours, in a [simple turn](Turn::Simple).
    run_simply: unsafe fn(&TaskRef, &mut Context<'_>) -> Option<Ended>,
    abandon: unsafe fn(&TaskRef) -> Ended,
    /// Nobody will retrieve the outcome.
    lose: unsafe fn(&TaskRef),
    free: unsafe fn(NonNull<Head>),
    /// Where the outcome is.
    outcome: usize,
    runtime: unsafe fn(&TaskRef) -> Option<Id>,
}

/// A counted reference to a task, of whatever type.
#[repr(transparent)]
pub(crate) struct TaskRef(NonNull<Head>);

// SAFETY: what it gives access to can be used from any thread, see above; bodies and outcomes are
// touched through `Task` and the loop only, which see to their types.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

impl UnwindSafe for TaskRef {}
impl RefUnwindSafe for TaskRef {}

/// A reference that is not counted.
#[derive(Clone, Copy)]
pub(crate) struct Lent(NonNull<Head>);
