//! What a child of a group, and whoever has its [`GroupTask`], share.
//!
//! # Why this is sound
//!
//! A [`GroupTask`] does not count a reference to the [`Wakes`] of its group, which would cost every child two atomic
//! operations. It uses them only while it holds the lock of its cell and finds there that the child is not done. Until
//! then the child has not been dropped, for that says first that it is done; and wherever a child is, there is a
//! reference to the `Wakes` that outlives it: if it has not started, that of the group; if it has, that of the group,
//! which its future borrows, or, where that future was forgotten, those in its wakers, which are never dropped then.
#![allow(unsafe_code)]

use super::children::number_of;
use super::exception_group::Origin;
use crate::CancelledError;
use crate::brief_lock::{Brief, BriefLock};
use crate::graph::{self, own_clone};
use crate::memory::Counted;
use crate::wakes::Wakes;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

/// A child of a task group, as a future of its value: what `tg.create_task` gives.
///
/// Awaiting it gives the value, or [`CancelledError`] where the child was cancelled or failed: its
/// error is the group's then. Dropping it changes nothing: the group awaits the child.
///
/// # Panics
///
/// Polled after it gave its value. A panic of the child resumes in whoever awaits the group.
pub struct GroupTask<T> {
    cell: Counted<ChildCell<T>>,
    wakes: WakesOfGroup,
    key: u64,
    /// Of [`TaskGroup::spawn`](crate::TaskGroup::spawn).
    #[cfg(feature = "tokio")]
    pub(super) task: Option<crate::TaskHandle>,
}

/// The address of the [`Wakes`] of a group, which may be gone.
struct WakesOfGroup(*const Wakes);

// SAFETY: what it points to can be sent and shared, as the next line says.
unsafe impl Send for WakesOfGroup {}
// SAFETY: as above.
unsafe impl Sync for WakesOfGroup {}
const _: fn() = can_be_shared::<Wakes>;

const fn can_be_shared<T: Send + Sync>() {}

/// What a child and its [`GroupTask`] share.
pub(super) struct ChildCell<T> {
    /// Requests to cancel this child alone.
    pub(super) cancels: AtomicU32,
    /// Where it was added to the group.
    place: &'static Location<'static>,
    state: BriefLock<CellState<T>>,
}

struct CellState<T> {
    name: Option<Arc<str>>,
    value: Option<Result<T, CancelledError>>,
    done: bool,
    cancelled: bool,
    joiner: Option<Waker>,
}

impl<T> ChildCell<T> {
    /// For the child, and for its [`GroupTask`].
    #[track_caller]
    #[inline(always)]
    pub(super) fn pair() -> (Counted<Self>, Counted<Self>) {
        let place = Location::caller();
        Counted::pair(|| ChildCell {
            cancels: AtomicU32::new(0),
            place,
            state: BriefLock::new(CellState {
                name: None,
                value: None,
                done: false,
                cancelled: false,
                joiner: None,
            }),
        })
    }

    fn lock(&self) -> Brief<'_, CellState<T>> {
        self.state.lock()
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::Child {
            name: self.lock().name.clone(),
            place: self.place,
        }
    }

    /// The child is done.
    pub(super) fn finish(cell: &Counted<Self>, value: Result<T, CancelledError>) {
        if !cell.is_alone() {
            cell.deliver(value);
        }
    }

    fn deliver(&self, value: Result<T, CancelledError>) {
        let mut state = self.lock();
        if state.done {
            return;
        }
        state.cancelled = value.is_err();
        state.value = Some(value);
        state.done = true;
        let joiner = state.joiner.take();
        drop(state);
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }
}

impl<T> GroupTask<T> {
    /// Of a child of the group with these wakes.
    pub(super) fn new(cell: Counted<ChildCell<T>>, wakes: &Arc<Wakes>, key: u64) -> Self {
        GroupTask {
            cell,
            wakes: WakesOfGroup(Arc::as_ptr(wakes)),
            key,
            #[cfg(feature = "tokio")]
            task: None,
        }
    }

    /// Names the child: `create_task(.., name="x")`. The name is in the [`Origin`](crate::Origin) of its
    /// error and in call graphs.
    pub fn set_name(&self, name: impl Into<Arc<str>>) {
        let name = name.into();
        #[cfg(feature = "tokio")]
        if let Some(task) = &self.task {
            task.set_name(Arc::clone(&name));
        }
        let old = self.cell.lock().name.replace(name);
        drop(old);
    }

    /// The name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.lock().name.clone()
    }

    /// Cancels this child alone; its cleanup runs, and the group goes on. False if it is done.
    pub fn cancel(&self) -> bool {
        let state = self.cell.lock();
        if state.done {
            return false;
        }
        self.cell.cancels.fetch_add(1, Ordering::Release);
        // SAFETY: with the lock the child is not done, so there is a reference; its address is of an `Arc`.
        unsafe { Arc::increment_strong_count(self.wakes.0) };
        // SAFETY: it was counted just now.
        let wakes = unsafe { Arc::from_raw(self.wakes.0) };
        drop(state); // a waker may run anything
        wakes.wake(number_of(self.key));
        true
    }

    /// Whether it is done.
    pub fn done(&self) -> bool {
        self.cell.lock().done
    }

    /// Whether it was cancelled, or failed.
    pub fn cancelled(&self) -> bool {
        self.cell.lock().cancelled
    }
}

impl<T> Unpin for GroupTask<T> {}

impl<T> Future for GroupTask<T> {
    type Output = Result<T, CancelledError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.cell.lock();
        if let Some(value) = state.value.take() {
            return Poll::Ready(value);
        }
        assert!(
            !state.done,
            "child of a task group polled after it gave its value"
        );
        let old = match &state.joiner {
            Some(joiner) if joiner.will_wake(cx.waker()) => None,
            _ => state.joiner.replace(own_clone(cx.waker())),
        };
        drop(state);
        drop(old);
        if graph::is_on() {
            graph::wait(graph::Entry::Child(self.wakes.0.addr()));
        }
        Poll::Pending
    }
}

impl<T> fmt::Debug for GroupTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupTask")
            .field("done", &self.done())
            .finish()
    }
}

/// What awaiting a child that was never started gives.
#[track_caller]
pub(super) fn refused<T>(why: &'static str, wakes: &Arc<Wakes>) -> GroupTask<T> {
    let (cell, _) = ChildCell::pair();
    cell.deliver(Err(CancelledError::with_message(why)));
    GroupTask::new(cell, wakes, super::group::CONTROL)
}
