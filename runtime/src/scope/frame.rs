//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, it is the thread's current scope; a
//! guard that is dropped finds it there. The thread has the scope's pending cleanup to itself for that
//! time, so that handing over takes no lock, and a scope that never sees a guard never allocates.

use super::pending::{Item, Payload, Pending};
use super::state::State;
use super::{orphan, report};
use std::cell::Cell;
use std::ptr::{self, NonNull};

thread_local! {
    static CURRENT: Current = const {
        Current {
            frame: Cell::new(ptr::null()),
            handed: Cell::new(0),
        }
    };
}

/// The current scope of a thread. Without destructors, so that the access is a plain one, and never fails.
struct Current {
    /// The innermost, on the stack of whoever is at work; null without one.
    frame: Cell<*const Frame>,
    /// How often cleanup was handed over to this scope, counted on from where it was entered: see [`handed`].
    handed: Cell<u64>,
}

/// A scope that is at work on this thread.
// In this order: were the two that `Leave` restores side by side, they would be read by one load just after they were
// written by two stores, for which the processor waits some 5 ns.
#[repr(C)]
pub(super) struct Frame {
    outer: *const Frame,
    /// With the cleanup of this scope.
    state: NonNull<State>,
    /// [`Current::handed`] of the outer one.
    handed: u64,
    place: Place,
    /// What is handed over now belongs to one drop of its body or branches.
    one_drop: Cell<bool>,
}

impl Frame {
    /// Whether it counts for code that runs here.
    fn counts(&self) -> bool {
        self.place == Place::here()
    }

    /// Whether this, or one that it is in, never leaves this thread.
    fn is_pinned(&self) -> bool {
        let mut frame = self;
        while !frame.state().is_pinned() {
            // SAFETY: as in `with_frame`; outer ones are left later.
            match unsafe { frame.outer.as_ref() } {
                Some(outer) if outer.place == frame.place => frame = outer,
                _ => return false,
            }
        }
        true
    }

    /// From here on the scope, which has this state, drops its body: what is handed over is one episode.
    // The state is given, as one that is reached through the frame may be another for all that is known.
    #[inline]
    pub(super) fn begin_drop(&self, state: &State) {
        self.one_drop.set(true);
        if state.has_pending() {
            begin_episode(state);
        }
    }

    fn state(&self) -> &State {
        // SAFETY: `within` has borrowed it for as long as the frame is there.
        unsafe { self.state.as_ref() }
    }
}

#[cold]
fn begin_episode(state: &State) {
    if let Some(mut pending) = state.take() {
        pending.begin(true);
        state.put(pending);
    }
}

/// Shows `f` the innermost frame.
#[inline]
fn with_frame<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
    let frame = CURRENT.with(|current| current.frame.get());
    // SAFETY: it is on the stack of this thread, below, and is left before it goes.
    unsafe { frame.as_ref() }.map(f)
}

/// One branch of one combinator: the number of its [`Tag`](super::Tag), and the branch's position.
pub(super) type Branch = (u64, usize);

/// Where a scope runs. A frame counts only for code that runs in the same place: a `LocalSet` that is
/// polled inside runs tasks of its own.
///
/// Not the runtime: a `block_on` of another one inside of `block_in_place` is a call within this task,
/// and what is dropped there is awaited here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::Id>,
}

impl Place {
    /// In none of Tokio's tasks.
    #[cfg(feature = "tokio")]
    const NONE: Place = Place { task: None };
    #[cfg(not(feature = "tokio"))]
    const NONE: Place = Place {};

    #[cfg(feature = "tokio")]
    fn here() -> Self {
        Place {
            task: tokio::task::try_id(),
        }
    }

    #[cfg(not(feature = "tokio"))]
    fn here() -> Self {
        Place {}
    }
}

/// Runs `f` with the scope of this state as the innermost one; in one of Tokio's tasks, unless that is
/// known to be a loop of ours.
#[inline(always)]
pub(super) fn within<R>(state: &State, on_loop: bool, f: impl FnOnce(&Frame) -> R) -> R {
    let place = if on_loop { Place::NONE } else { Place::here() };
    enter(state, place, false, f)
}

/// The same to drop its body or branches, that is: what is handed over is one episode.
pub(super) fn within_one_drop<R>(state: &mut State, f: impl FnOnce() -> R) -> R {
    if let Some(pending) = state.get_mut() {
        pending.begin(true);
    }
    enter(state, Place::here(), true, |_| f())
}

#[inline(always)]
fn enter<R>(state: &State, place: Place, one_drop: bool, f: impl FnOnce(&Frame) -> R) -> R {
    let frame = CURRENT.with(|current| Frame {
        place,
        one_drop: Cell::new(one_drop),
        state: NonNull::from(state),
        outer: current.frame.get(),
        handed: current.handed.get(),
    });
    CURRENT.with(|current| current.frame.set(&raw const frame));
    let _leave = Leave(&frame);
    f(&frame)
}

/// Restores the outer scope when dropped, also on unwind.
struct Leave<'a>(&'a Frame);

impl Drop for Leave<'_> {
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|current| {
            current.frame.set(self.0.outer);
            // What was handed over to the inner scope is not the outer one's.
            current.handed.set(self.0.handed);
        });
    }
}

/// Runs `f` with no scope around it: for what only happens to run here.
#[cfg(feature = "tokio")]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    struct Return(*const Frame);
    impl Drop for Return {
        fn drop(&mut self) {
            CURRENT.with(|current| current.frame.set(self.0));
        }
    }
    let _return = Return(CURRENT.with(|current| current.frame.replace(ptr::null())));
    f()
}

/// Gives `f` the current scope's cleanup, if there is a scope that counts here.
fn with_current<R>(f: impl FnOnce(&Frame, &mut Pending) -> R) -> Option<R> {
    with_frame(|frame| {
        if !frame.counts() {
            return None;
        }
        let pending = frame.state().take();
        let mut pending = pending.unwrap_or_else(|| Box::new(Pending::new(frame.one_drop.get())));
        let result = f(frame, &mut pending);
        frame.state().put(pending);
        Some(result)
    })
    .flatten()
}

/// Hands a panic to the innermost scope, which goes on with it when it is done; or reports it. To go on
/// with it in a drop would make foreign containers forget what else they hold.
pub(crate) fn hand_over_panic(what: &str, payload: Payload) {
    let mut payload = Some(payload);
    with_current(|_, pending| {
        if pending.closed.is_none() && pending.panic.is_none() {
            pending.panic = payload.take();
        }
    });
    if let Some(payload) = payload {
        report::panic(what, &*payload);
    }
}

/// Takes back what a branch handed over to the innermost scope.
#[cold]
pub(super) fn take_branch(branch: Branch) -> Vec<Item> {
    with_current(|_, pending| pending.take_branch(branch)).unwrap_or_default()
}

/// Hands cleanup to the innermost scope, or makes orphans of it.
pub(super) fn hand_over(mut items: Vec<Item>) {
    CURRENT.with(|current| current.handed.set(current.handed.get() + 1));
    let closed = with_current(|frame, pending| {
        if pending.closed.is_none() {
            let (mine, local) = items
                .drain(..)
                .partition(|item| !item.local || frame.is_pinned());
            items = local;
            pending.hand_over(mine);
        }
        pending.closed
    });
    if let Some(Some(loss)) = closed {
        items.drain(..).for_each(|item| item.lost(loss));
    } else if !items.is_empty() {
        orphan::adopt(items);
    }
}

/// How often cleanup was handed over to the current scope: see [`in_branch`](super::in_branch).
#[inline]
pub(super) fn handed() -> u64 {
    CURRENT.with(|current| current.handed.get())
}

/// Puts what was handed over in between into a branch.
#[cold]
pub(super) fn mark(branch: Branch, before: u64, now: u64) {
    let marked = with_current(|_, pending| pending.mark_newest(branch, now - before));
    if marked.is_none() {
        orphan::mark_newest(branch, now - before);
    }
}
