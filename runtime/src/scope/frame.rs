//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, it is the thread's current scope; a
//! guard that is dropped finds it there. The thread has the scope's pending cleanup to itself for that
//! time, so that handing over takes no lock, and a scope that never sees a guard never allocates.
//!
//! That of a task that our loop polls has nothing around it. So it needs no frame, and a switch between tasks is a
//! store before the poll and one after it.

use super::innermost::{Found, Frame, Innermost, ONE_DROP, Place};
use super::pending::Pending;
use super::state::State;
use std::cell::Cell;
use std::ptr::NonNull;

thread_local! {
    static CURRENT: Current = const {
        Current {
            innermost: Cell::new(Innermost::NONE),
            handed: Cell::new(0),
        }
    };
}

/// The current scope of a thread. Without destructors, so that the access is a plain one, and never fails.
struct Current {
    innermost: Cell<Innermost>,
    /// How often cleanup was handed over to this scope, counted on from where it was entered: see [`handed`].
    handed: Cell<u64>,
}

#[cold]
fn begin_episode(state: &State) {
    if let Some(mut pending) = state.take() {
        pending.begin(true);
        state.put(pending);
    }
}

/// Where a scope is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// On a loop of ours, with no scope around it.
    Nothing,
    /// On a loop of ours.
    Loop,
    /// Here, which may be in one of Tokio's tasks.
    Any,
}

/// Runs `f` with the scope of this state as the innermost one.
#[inline(always)]
pub(super) fn within<R>(state: &State, around: Around, f: impl FnOnce(Entered<'_>) -> R) -> R {
    match around {
        Around::Nothing => enter_root(state, f),
        Around::Loop => enter(state, Place::NONE, false, |frame| f(Entered::Frame(frame))),
        Around::Any => enter(state, Place::here(), false, |frame| {
            f(Entered::Frame(frame))
        }),
    }
}

/// How a scope was entered.
#[derive(Clone, Copy)]
pub(super) enum Entered<'a> {
    Root,
    Frame(&'a Frame),
}

impl Entered<'_> {
    /// From here on the scope, which has this state, drops its body: what is handed over is one episode.
    // The state is given, as one that is reached through the frame may be another for all that is known.
    #[inline]
    pub(super) fn begin_drop(self, state: &State) {
        match self {
            Entered::Root => CURRENT.with(|current| {
                current.innermost.set(Innermost::root(state, ONE_DROP));
            }),
            Entered::Frame(frame) => frame.one_drop.set(true),
        }
        if state.has_pending() {
            begin_episode(state);
        }
    }
}

/// As [`within`] to drop the scope's body or branches, that is: what is handed over is one episode.
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
        outer: current.innermost.get(),
        handed: current.handed.get(),
    });
    CURRENT.with(|current| current.innermost.set(Innermost::framed(&frame)));
    let _leave = Leave(&frame);
    f(&frame)
}

/// Restores the outer scope when dropped, also on unwind.
struct Leave<'a>(&'a Frame);

impl Drop for Leave<'_> {
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|current| {
            current.innermost.set(self.0.outer);
            // What was handed over to the inner scope is not the outer one's.
            current.handed.set(self.0.handed);
        });
    }
}

/// As [`enter`] where there is no scope. What is handed over is counted on, as there is nobody outside who counts.
#[inline(always)]
fn enter_root<R>(state: &State, f: impl FnOnce(Entered<'_>) -> R) -> R {
    CURRENT.with(|current| {
        debug_assert!(current.innermost.get() == Innermost::NONE);
        current.innermost.set(Innermost::root(state, 0));
    });
    let _leave = LeaveRoot;
    f(Entered::Root)
}

/// Leaves it when dropped, also on unwind.
struct LeaveRoot;

impl Drop for LeaveRoot {
    #[inline(always)]
    fn drop(&mut self) {
        CURRENT.with(|current| current.innermost.set(Innermost::NONE));
    }
}

/// Runs `f` with no scope around it: for what only happens to run here.
#[cfg(feature = "tokio")]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    let _nothing = nothing_around();
    f()
}

/// No scope is around what runs here, for as long as what this gives lives.
#[cfg(feature = "tokio")]
pub(crate) fn nothing_around() -> impl Sized {
    struct Return(Innermost, u64);
    impl Drop for Return {
        fn drop(&mut self) {
            CURRENT.with(|current| {
                current.innermost.set(self.0);
                current.handed.set(self.1);
            });
        }
    }
    CURRENT.with(|current| {
        Return(
            current.innermost.replace(Innermost::NONE),
            current.handed.get(),
        )
    })
}

/// Gives `f` the current scope's cleanup, if there is a scope that counts here.
pub(super) fn with_current<R>(f: impl FnOnce(&Found<'_>, &mut Pending) -> R) -> Option<R> {
    let innermost = CURRENT.with(|current| current.innermost.get());
    // SAFETY: it is on this thread, and is left before it goes.
    let scope = unsafe { innermost.scope() }.filter(Found::counts)?;
    let pending = scope.state.take();
    let mut pending = pending.unwrap_or_else(|| Box::new(Pending::new(scope.one_drop)));
    let result = f(&scope, &mut pending);
    scope.state.put(pending);
    Some(result)
}

/// How often cleanup was handed over to the current scope: see [`in_branch`](super::in_branch).
#[inline]
pub(super) fn handed() -> u64 {
    CURRENT.with(|current| current.handed.get())
}

/// Cleanup is handed over.
pub(super) fn count_handed() {
    CURRENT.with(|current| current.handed.set(current.handed.get() + 1));
}
