//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, it is the thread's current scope; a
//! guard that is dropped finds it there. The thread *owns* the scope's pending cleanup for that time, so
//! that handing over takes no lock, and a scope that never sees a guard never allocates.

use super::orphan;
use super::pending::{Item, Pending};
use std::cell::Cell;

thread_local! {
    static CURRENT: Current = const {
        Current { frame: Cell::new(Frame::NONE), pending: Cell::new(None), handed: Cell::new(0) }
    };
}

/// The current scope of a thread.
struct Current {
    frame: Cell<Frame>,
    /// The cleanup of that scope.
    pending: Cell<Option<Box<Pending>>>,
    /// How often cleanup was handed over since the scope was entered: see [`in_branch`].
    handed: Cell<u64>,
}

/// A scope that is at work on this thread.
#[derive(Clone, Copy)]
struct Frame {
    /// There is one.
    present: bool,
    /// The scope never leaves this thread: cleanup that is not `Send` may go to it.
    pinned: bool,
    /// What is handed over now belongs to one drop.
    one_drop: bool,
    place: Place,
}

impl Frame {
    const NONE: Frame = Frame {
        present: false,
        pinned: false,
        one_drop: false,
        place: Place::NONE,
    };

    /// Whether it counts for code that runs here.
    fn counts(self) -> bool {
        self.present && self.place == Place::here()
    }
}

/// One branch of one combinator: the address of the combinator and the branch's position.
pub(super) type Branch = (usize, usize);

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

/// How a scope enters itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    /// It never leaves its thread.
    pub(super) pinned: bool,
    /// To drop its body or branches, that is: what is handed over is one episode.
    pub(super) one_drop: bool,
}

/// Runs `f` with the scope that owns `pending` as the innermost one.
#[inline]
pub(super) fn within<R>(
    pending: &mut Option<Box<Pending>>,
    mode: Mode,
    f: impl FnOnce() -> R,
) -> R {
    let _leave = Entered::new(pending, mode);
    f()
}

/// Restores the outer scope when dropped, also on unwind.
struct Entered<'a> {
    /// `None` while the thread ends: there is no current scope then, but nothing is lost either.
    outer: Option<(Frame, Option<Box<Pending>>, u64)>,
    pending: &'a mut Option<Box<Pending>>,
}

impl<'a> Entered<'a> {
    #[inline]
    fn new(pending: &'a mut Option<Box<Pending>>, mode: Mode) -> Self {
        let place = Place::here();
        let outer = CURRENT.try_with(|current| {
            let outer = current.frame.get();
            current.frame.set(Frame {
                present: true,
                pinned: mode.pinned || outer.pinned && outer.place == place,
                one_drop: mode.one_drop,
                place,
            });
            (
                outer,
                current.pending.replace(pending.take()),
                current.handed.replace(0),
            )
        });
        Entered {
            outer: outer.ok(),
            pending,
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some((frame, outer, handed)) = self.outer.take() else {
            return;
        };
        let mut outer = Some(outer);
        let inner = CURRENT.try_with(|current| {
            current.frame.set(frame);
            // What was handed over to the inner scope is not the outer one's.
            current.handed.set(handed);
            current.pending.replace(outer.take().flatten())
        });
        *self.pending = inner.unwrap_or_default();
    }
}

/// From here on the current scope drops its body: what is handed over is one episode.
#[inline]
pub(super) fn begin_drop() {
    let _ = CURRENT.try_with(|current| {
        current.frame.set(Frame {
            one_drop: true,
            ..current.frame.get()
        });
        if let Some(mut pending) = current.pending.take() {
            pending.begin(true);
            current.pending.set(Some(pending));
        }
    });
}

/// Runs `f` with no scope around it: for what only happens to run here.
#[cfg(feature = "tokio")]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    struct Leave(Option<Frame>);
    impl Drop for Leave {
        fn drop(&mut self) {
            let Some(frame) = self.0 else { return };
            let _ = CURRENT.try_with(|current| current.frame.set(frame));
        }
    }
    let _leave = Leave(
        CURRENT
            .try_with(|current| current.frame.replace(Frame::NONE))
            .ok(),
    );
    f()
}

/// Gives `f` the current scope's cleanup, if there is a scope that counts here.
fn with_current<R>(f: impl FnOnce(Frame, &mut Pending) -> R) -> Option<R> {
    CURRENT
        .try_with(|current| {
            let frame = current.frame.get();
            if !frame.counts() {
                return None;
            }
            let pending = current.pending.take();
            let mut pending = pending.unwrap_or_else(|| Box::new(Pending::new(frame.one_drop)));
            let result = f(frame, &mut pending);
            current.pending.set(Some(pending));
            Some(result)
        })
        .ok()
        .flatten()
}

/// Hands cleanup to the innermost scope, or makes orphans of it.
pub(super) fn hand_over(mut items: Vec<Item>) {
    let handed = CURRENT
        .try_with(|current| current.handed.replace(current.handed.get() + 1))
        .unwrap_or_default();
    let closed = with_current(|frame, pending| {
        if pending.closed.is_none() {
            let (mine, local) = items
                .drain(..)
                .partition(|item| frame.pinned || !item.local);
            items = local;
            pending.hand_over(mine);
        }
        pending.closed
    });
    if let Some(Some(loss)) = closed {
        items.drain(..).for_each(|item| item.lost(loss));
    } else if !items.is_empty() {
        orphan::adopt(items, handed + 1);
    }
}

/// Runs `f`, which polls or drops branch `index` of the combinator at address `of`: what that hands over
/// is cleaned up beside that of the other branches, not after it.
///
/// The mark is made afterwards, so that an `f` that hands nothing over pays two reads of a
/// thread-local.
#[inline]
pub(crate) fn in_branch<R>(of: usize, index: usize, f: impl FnOnce() -> R) -> R {
    /// Marks what was handed over, also on unwind.
    struct Marked {
        branch: Branch,
        before: u64,
    }
    impl Drop for Marked {
        #[inline]
        fn drop(&mut self) {
            let now = handed();
            if now != self.before {
                mark(self.branch, self.before, now);
            }
        }
    }
    let _marked = Marked {
        branch: (of, index),
        before: handed(),
    };
    f()
}

#[inline]
fn handed() -> u64 {
    CURRENT
        .try_with(|current| current.handed.get())
        .unwrap_or_default()
}

#[cold]
fn mark(branch: Branch, before: u64, now: u64) {
    let marked = with_current(|_, pending| pending.mark_newest(branch, now - before));
    if marked.is_none() {
        orphan::mark_newest(branch, before);
    }
}
