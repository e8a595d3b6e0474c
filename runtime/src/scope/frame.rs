//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, it is the thread's current scope; a
//! guard that is dropped finds it there. The thread *owns* the scope's pending cleanup for that time, so
//! that handing over takes no lock, and a scope that never sees a guard never allocates.

use super::pending::{Item, Payload, Pending};
use super::{orphan, report};
use crate::graph::{NodeSlot, Suspended};
#[cfg(feature = "tokio")]
use crate::{events::debug, graph::Collecting, watch};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static CURRENT: Current = const {
        Current {
            frame: Cell::new(Frame::NONE),
            pending: Cell::new(ManuallyDrop::new(None)),
            handed: Cell::new(0),
        }
    };
}

/// The current scope of a thread.
struct Current {
    frame: Cell<Frame>,
    /// The cleanup of that scope. Scopes put it in and take it out again, so that it is empty when the
    /// thread ends; without a destructor the access is a plain one, and never fails.
    pending: Cell<ManuallyDrop<Option<Box<Pending>>>>,
    /// How often cleanup was handed over since the scope was entered: see [`in_branch`].
    handed: Cell<u64>,
}

impl Current {
    #[inline]
    fn replace_pending(&self, pending: Option<Box<Pending>>) -> Option<Box<Pending>> {
        ManuallyDrop::into_inner(self.pending.replace(ManuallyDrop::new(pending)))
    }
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

/// One branch of one combinator: the number of its [`Tag`], and the branch's position.
pub(super) type Branch = (u64, usize);

/// What a combinator embeds to tell its branches from those of every other. (An address would not do:
/// it may have been another one's before.)
#[derive(Debug, Default)]
pub(crate) struct Tag {
    number: u64,
    node: NodeSlot,
}

impl Tag {
    pub(crate) const fn new() -> Self {
        Tag {
            number: 0,
            node: NodeSlot::new(),
        }
    }

    /// The number, given out when it is first needed: most combinators never see a guard.
    #[cold]
    fn number(&mut self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        if self.number == 0 {
            self.number = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        self.number
    }
}

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
    frame: Frame,
    outer: Option<Box<Pending>>,
    handed: u64,
    pending: &'a mut Option<Box<Pending>>,
}

impl<'a> Entered<'a> {
    #[inline]
    fn new(pending: &'a mut Option<Box<Pending>>, mode: Mode) -> Self {
        let place = Place::here();
        CURRENT.with(|current| {
            let outer = current.frame.get();
            current.frame.set(Frame {
                present: true,
                pinned: mode.pinned || outer.pinned && outer.place == place,
                one_drop: mode.one_drop,
                place,
            });
            Entered {
                frame: outer,
                outer: current.replace_pending(pending.take()),
                handed: current.handed.replace(0),
                pending,
            }
        })
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|current| {
            current.frame.set(self.frame);
            // What was handed over to the inner scope is not the outer one's.
            current.handed.set(self.handed);
            *self.pending = current.replace_pending(self.outer.take());
        });
    }
}

/// From here on the current scope drops its body: what is handed over is one episode.
#[inline]
pub(super) fn begin_drop() {
    CURRENT.with(|current| {
        current.frame.set(Frame {
            one_drop: true,
            ..current.frame.get()
        });
        if let Some(mut pending) = current.replace_pending(None) {
            pending.begin(true);
            current.replace_pending(Some(pending));
        }
    });
}

/// Runs `f` with no scope around it: for what only happens to run here.
#[cfg(feature = "tokio")]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    struct Leave(Frame);
    impl Drop for Leave {
        fn drop(&mut self) {
            CURRENT.with(|current| current.frame.set(self.0));
        }
    }
    let _leave = Leave(CURRENT.with(|current| current.frame.replace(Frame::NONE)));
    f()
}

/// Gives `f` the current scope's cleanup, if there is a scope that counts here.
fn with_current<R>(f: impl FnOnce(Frame, &mut Pending) -> R) -> Option<R> {
    CURRENT.with(|current| {
        let frame = current.frame.get();
        if !frame.counts() {
            return None;
        }
        let pending = current.replace_pending(None);
        let mut pending = pending.unwrap_or_else(|| Box::new(Pending::new(frame.one_drop)));
        let result = f(frame, &mut pending);
        current.replace_pending(Some(pending));
        Some(result)
    })
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
    let handed = handed();
    CURRENT.with(|current| current.handed.set(handed + 1));
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

/// Runs `f`, which polls or drops branch `index` of the combinator with this tag: what that hands over is
/// cleaned up beside that of the other branches, not after it.
///
/// The mark is made afterwards, so that an `f` that hands nothing over pays two reads of a
/// thread-local.
#[inline]
pub(crate) fn in_branch<R>(tag: &mut Tag, index: usize, f: impl FnOnce() -> R) -> R {
    let mut branches = Branches::of(tag);
    branches.enter(index);
    f()
}

/// As [`in_branch`], for a combinator that goes through its branches: [`enter`](Self::enter) says which
/// one comes next.
#[derive(Debug)]
pub(crate) struct Branches<'a> {
    tag: &'a mut Tag,
    index: usize,
    before: u64,
    /// Where something is watched: see [`watch`](crate::watch).
    #[cfg(feature = "tokio")]
    watch: Option<Box<Watch>>,
}

/// What is noted of the branch that is polled.
#[cfg(feature = "tokio")]
#[derive(Debug)]
struct Watch {
    /// In debug mode, times it.
    timer: Option<Box<debug::BranchTimer>>,
    /// With introspection, takes down what it waits for.
    collecting: Option<Collecting>,
    is_graph: bool,
}

impl<'a> Branches<'a> {
    #[inline]
    pub(crate) fn of(tag: &'a mut Tag) -> Self {
        Branches {
            tag,
            index: 0,
            before: handed(),
            #[cfg(feature = "tokio")]
            watch: if watch::is_any() { watch() } else { None },
        }
    }

    #[inline]
    pub(crate) fn enter(&mut self, index: usize) {
        self.mark();
        #[cfg(feature = "tokio")]
        if self.watch.is_some() {
            self.watch_next(index);
        }
        self.index = index;
    }

    #[cfg(feature = "tokio")]
    #[cold]
    fn watch_next(&mut self, index: usize) {
        self.keep_recorded();
        if let Some(watch) = &mut self.watch {
            watch.timer = None; // ends the last one
            watch.timer = debug::is_any_on().then(|| debug::BranchTimer::start(index));
            watch.collecting = watch.is_graph.then(Collecting::start);
        }
    }

    /// What the branch that was polled last waits for, if it does: who is done is sorted out at the end.
    #[cfg(feature = "tokio")]
    fn keep_recorded(&mut self) {
        let watch = self.watch.as_mut();
        if let Some(collecting) = watch.and_then(|watch| watch.collecting.take()) {
            self.tag.node.put(self.index, collecting.finish());
        }
    }

    /// The combinator waits for its branches, of which `pending` has a bit for each that is not done.
    #[cfg(feature = "tokio")]
    #[cold]
    fn note_wait(&mut self, suspended: Suspended) {
        self.keep_recorded();
        if self.watch.as_ref().is_some_and(|watch| watch.is_graph) {
            self.tag.node.wait(suspended);
        }
    }

    /// Has introspection know that the combinator waits.
    #[inline]
    pub(crate) fn wait(&mut self, _suspended: impl FnOnce() -> Suspended) {
        #[cfg(feature = "tokio")]
        if self.watch.is_some() {
            self.note_wait(_suspended());
        }
    }

    /// Marks what the branch has handed over.
    #[inline]
    fn mark(&mut self) {
        let now = handed();
        if now != self.before {
            mark((self.tag.number(), self.index), self.before, now);
            self.before = now;
        }
    }
}

impl Drop for Branches<'_> {
    #[inline]
    fn drop(&mut self) {
        self.mark(); // also on unwind
    }
}

#[cfg(feature = "tokio")]
#[cold]
fn watch() -> Option<Box<Watch>> {
    let is_graph = watch::is_graph();
    (is_graph || watch::is_debug()).then(|| {
        Box::new(Watch {
            timer: None,
            collecting: None,
            is_graph,
        })
    })
}

#[inline]
fn handed() -> u64 {
    CURRENT.with(|current| current.handed.get())
}

#[cold]
fn mark(branch: Branch, before: u64, now: u64) {
    let marked = with_current(|_, pending| pending.mark_newest(branch, now - before));
    if marked.is_none() {
        orphan::mark_newest(branch, before);
    }
}
