//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, its [`Frame`] is in the thread-local
//! `CURRENT`; a guard that is dropped finds it there. The frame *owns* the scope's pending cleanup for
//! that time, so that handing over takes no lock, and a scope that never sees a guard never allocates.

use super::pending::{Item, Payload, Pending};
use super::{orphan, report};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static CURRENT: Cell<Option<Frame>> = const { Cell::new(None) };
    /// How often cleanup was handed to the current scope: see `poll_branch`.
    static HANDED: Cell<u64> = const { Cell::new(0) };
    /// The branches whose drop is under way, outermost first.
    static BRANCHES: RefCell<Vec<(Tag, usize)>> = const { RefCell::new(Vec::new()) };
}

/// One branch of one combinator: the number of its [`Tag`], and the branch's position.
pub(super) type Branch = (u64, usize);

/// What a combinator embeds to tell its branches from those of every other. (An address would not do:
/// it may have been another one's before.)
#[derive(Debug, Default)]
pub(crate) struct Tag(u64);

impl Tag {
    pub(crate) const fn new() -> Self {
        Tag(0)
    }

    /// The number, given out when it is first needed: most combinators never see a guard.
    #[cold]
    fn number(&mut self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        if self.0 == 0 {
            self.0 = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        self.0
    }
}

/// Where a scope runs. A frame counts only for code that runs in the same place: a `LocalSet` that is
/// polled inside, or a nested `block_on`, runs tasks of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::Id>,
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Id>,
}

impl Place {
    #[cfg(feature = "tokio")]
    pub(super) fn here() -> Self {
        Place {
            task: tokio::task::try_id(),
            runtime: tokio::runtime::Handle::try_current()
                .ok()
                .map(|handle| handle.id()),
        }
    }

    /// As `here`, for a scope inside of `outer`: the runtime is the same as long as the task is, and
    /// asking for it costs two atomic operations. (It is not in a `block_on` inside of
    /// `block_in_place` inside of a `block_on`: what is dropped there becomes an orphan.)
    #[cfg(feature = "tokio")]
    fn inside(outer: Option<&Frame>) -> Self {
        match outer {
            Some(frame) if frame.place.task == tokio::task::try_id() => frame.place,
            _ => Place::here(),
        }
    }

    #[cfg(not(feature = "tokio"))]
    pub(super) fn here() -> Self {
        Place {}
    }

    #[cfg(not(feature = "tokio"))]
    fn inside(_: Option<&Frame>) -> Self {
        Place {}
    }
}

/// A scope that is at work on this thread.
pub(super) struct Frame {
    pub(super) pending: Option<Box<Pending>>,
    place: Place,
    /// The scope never leaves this thread: cleanup that is not `Send` may go to it.
    pinned: bool,
    /// What is handed over now belongs to one drop.
    one_drop: bool,
    /// So many of the branches whose drop is under way lie outside of this scope.
    outside: usize,
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
pub(super) fn within<R>(
    pending: &mut Option<Box<Pending>>,
    mode: Mode,
    f: impl FnOnce() -> R,
) -> R {
    /// Restores the outer frame, also on unwind.
    struct Leave<'a> {
        outer: Option<Frame>,
        pending: &'a mut Option<Box<Pending>>,
        handed: u64,
    }
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            // What was handed over to the inner scope is not the outer one's.
            let _ = HANDED.try_with(|handed| handed.set(self.handed));
            let inner = CURRENT.try_with(|current| current.replace(self.outer.take()));
            *self.pending = inner.ok().flatten().and_then(|frame| frame.pending);
        }
    }
    let outer = CURRENT.try_with(Cell::take).ok().flatten();
    let place = Place::inside(outer.as_ref());
    let frame = Frame {
        pending: pending.take(),
        place,
        pinned: mode.pinned || outer.as_ref().is_some_and(|o| o.pinned && o.place == place),
        one_drop: mode.one_drop,
        // Only drops nest in drops, so polls need not ask.
        outside: if mode.one_drop { depth() } else { 0 },
    };
    let handed = HANDED.try_with(Cell::get).unwrap_or_default();
    let leave = Leave {
        outer,
        pending,
        handed,
    };
    if let Err(frame) = put(frame) {
        // The thread is ending: no frame, but nothing is lost either.
        *leave.pending = frame.pending;
        std::mem::forget(leave);
        return f();
    }
    let result = f();
    drop(leave);
    result
}

/// Runs `f` with no scope around it: for what only happens to run here.
#[cfg(feature = "tokio")]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    struct Leave(Option<Frame>);
    impl Drop for Leave {
        fn drop(&mut self) {
            let _ = CURRENT.try_with(|current| current.set(self.0.take()));
        }
    }
    let _leave = Leave(CURRENT.try_with(Cell::take).ok().flatten());
    f()
}

fn put(frame: Frame) -> Result<(), Frame> {
    let mut frame = Some(frame);
    let _ = CURRENT.try_with(|current| current.set(frame.take()));
    frame.map_or(Ok(()), Err)
}

/// Gives `f` the current frame, if there is one that counts here.
fn with_current<R>(f: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    let mut frame = CURRENT.try_with(Cell::take).ok().flatten()?;
    // Asking for the runtime is the dear part: only hand-overs do.
    let result = (frame.place == Place::here()).then(|| f(&mut frame));
    let _ = put(frame);
    result
}

/// How many branches are being dropped.
fn depth() -> usize {
    BRANCHES
        .try_with(|path| path.borrow().len())
        .unwrap_or_default()
}

/// Marks items with the branches that are being dropped, from the `outside`th on.
fn mark_with_branches(items: &mut [Item], outside: usize) {
    let _ = BRANCHES.try_with(|path| {
        let mut path = path.borrow_mut();
        let path: Vec<Branch> = path
            .iter_mut()
            .skip(outside)
            .map(|(tag, index)| (tag.number(), *index))
            .collect();
        for item in items {
            item.path.splice(0..0, path.iter().copied());
        }
    });
}

/// Hands cleanup to the innermost scope, or makes orphans of it.
pub(super) fn hand_over(mut items: Vec<Item>) {
    let closed = with_current(|frame| {
        mark_with_branches(&mut items, frame.outside);
        let one_drop = frame.one_drop;
        let pending = frame
            .pending
            .get_or_insert_with(|| Box::new(Pending::new(one_drop)));
        if pending.closed.is_none() {
            let pinned = frame.pinned;
            let (mine, local) = items.drain(..).partition(|item| pinned || !item.local);
            items = local;
            pending.hand_over(mine);
            let _ = HANDED.try_with(|handed| handed.set(handed.get() + 1));
        }
        pending.closed
    });
    if closed.is_none() {
        mark_with_branches(&mut items, 0);
    }
    if let Some(Some(loss)) = closed {
        items.drain(..).for_each(|item| item.lost(loss));
    } else if !items.is_empty() {
        orphan::adopt(items);
    }
}

/// Hands a panic to the innermost scope, which goes on with it when it is done; or reports it. To go on
/// with it in a drop would make foreign containers forget what else they hold.
pub(super) fn hand_over_panic(what: &str, payload: Payload) {
    let mut payload = Some(payload);
    with_current(|frame| {
        let pending = frame
            .pending
            .get_or_insert_with(|| Box::new(Pending::new(frame.one_drop)));
        if pending.closed.is_none() && pending.panic.is_none() {
            pending.panic = payload.take();
        }
    });
    if let Some(payload) = payload {
        report::panic(what, &*payload);
    }
}

/// Takes back what a branch handed over to the innermost scope.
pub(super) fn take_branch(branch: Branch) -> Vec<Item> {
    with_current(|frame| {
        let pending = frame.pending.as_mut()?;
        Some(pending.take_branch(branch))
    })
    .flatten()
    .unwrap_or_default()
}

/// Runs `f`, which drops branch `index` of the combinator with this tag: what it hands over is cleaned
/// up beside that of the other branches, not after it.
pub(crate) fn in_branch<R>(tag: &mut Tag, index: usize, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a mut Tag);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            let left = BRANCHES.try_with(|path| path.borrow_mut().pop());
            if let Ok(Some((tag, _))) = left {
                *self.0 = tag; // it may have got its number
            }
        }
    }
    let _leave = BRANCHES
        .try_with(|path| path.borrow_mut().push((Tag(tag.0), index)))
        .ok()
        .map(|()| Leave(tag));
    f()
}

/// Runs `f`, which polls branch `index` of the combinator with this tag. What that hands over gets the
/// same mark as with [`in_branch`], but only afterwards: a poll that hands nothing over pays two reads of
/// a thread-local.
#[inline]
pub(crate) fn poll_branch<R>(tag: &mut Tag, index: usize, f: impl FnOnce() -> R) -> R {
    /// Marks what was handed over, also on unwind.
    struct Marked<'a> {
        tag: &'a mut Tag,
        index: usize,
        before: u64,
    }
    impl Drop for Marked<'_> {
        #[inline]
        fn drop(&mut self) {
            let now = HANDED.try_with(Cell::get).unwrap_or_default();
            if now != self.before {
                mark((self.tag.number(), self.index), now - self.before);
            }
        }
    }
    let _marked = Marked {
        tag,
        index,
        before: HANDED.try_with(Cell::get).unwrap_or_default(),
    };
    f()
}

#[cold]
fn mark(branch: Branch, times: u64) {
    let _ = with_current(|frame| {
        if let Some(pending) = &mut frame.pending {
            pending.mark_newest(branch, times);
        }
    });
}
