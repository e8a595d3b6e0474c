//! Which scope is the innermost one, right here.
//!
//! While a scope polls its body or a cleanup, or drops a child, it is the thread's current scope; a
//! guard that is dropped finds it there. The thread has the scope's pending cleanup to itself for that
//! time, so that handing over takes no lock, and a scope that never sees a guard never allocates.

use super::pending::{Item, Payload, Pending};
use super::state::State;
use super::{guards_were_made, orphan, report};
use crate::graph::{NodeSlot, Suspended};
#[cfg(feature = "tokio")]
use crate::{events::debug, graph::Collecting, watch};
use std::cell::Cell;
#[cfg(feature = "tokio")]
use std::cell::RefCell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// How often cleanup was handed over to this scope, counted on from where it was entered: see [`in_branch`].
    handed: Cell<u64>,
}

/// A scope that is at work on this thread.
pub(super) struct Frame {
    place: Place,
    /// What is handed over now belongs to one drop of its body or branches.
    one_drop: Cell<bool>,
    /// With the cleanup of this scope.
    state: NonNull<State>,
    outer: *const Frame,
    /// [`Current::handed`] of the outer one.
    handed: u64,
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

/// One branch of one combinator: the number of its [`Tag`], and the branch's position.
pub(super) type Branch = (u64, usize);

/// What a combinator embeds to tell its branches from those of every other. (An address would not do:
/// it may have been another one's before.)
#[derive(Debug, Default)]
pub struct Tag {
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

/// Runs `f`, which polls or drops branch `index` of the combinator with this tag: what that hands over is
/// cleaned up beside that of the other branches, not after it.
///
/// The mark is made afterwards, so that an `f` that hands nothing over pays two reads of a
/// thread-local.
#[inline]
pub(crate) fn in_branch<R>(tag: &mut impl Tagged, index: usize, f: impl FnOnce() -> R) -> R {
    let mut branches = Branches::of(tag);
    branches.enter(index);
    f()
}

/// What has a number of its own, as a [`Tag`] has.
pub(crate) trait Tagged {
    /// Called when a branch has handed something over, or introspection is on: rarely.
    fn tag(&mut self) -> &mut Tag;
}

impl Tagged for Tag {
    fn tag(&mut self) -> &mut Tag {
        self
    }
}

/// As [`in_branch`] for one branch, where [`are_watched`] has just said that they are not. What is handed over
/// belongs to branch 0 of `around` as well, if there is one.
#[derive(Debug)]
pub(crate) struct Unwatched<'a> {
    tag: &'a mut Tag,
    index: usize,
    around: Option<&'a mut Tag>,
    before: u64,
}

impl<'a> Unwatched<'a> {
    #[inline(always)]
    pub(crate) fn enter(tag: &'a mut Tag, index: usize, around: Option<&'a mut Tag>) -> Self {
        Unwatched {
            tag,
            index,
            around,
            before: handed(),
        }
    }
}

impl Drop for Unwatched<'_> {
    // By value, as for `Branches`.
    #[inline(always)]
    fn drop(&mut self) {
        if handed() != self.before {
            leave_both(
                self.tag,
                self.index,
                self.around.as_deref_mut(),
                self.before,
            );
        }
    }
}

#[cold]
#[inline(never)]
fn leave_both(tag: &mut Tag, index: usize, around: Option<&mut Tag>, before: u64) {
    let now = handed();
    mark((tag.number(), index), before, now);
    if let Some(around) = around {
        mark((around.number(), 0), before, now);
    }
}

/// As [`in_branch`], for a combinator that goes through its branches: [`enter`](Self::enter) says which
/// one comes next.
#[derive(Debug)]
pub(crate) struct Branches<'a, T: Tagged> {
    tag: &'a mut T,
    /// [`NONE`] before the first.
    index: usize,
    /// What [`handed`] says as long as there is nothing to do between two branches: what it said before this
    /// one. Where they are watched, [`NEVER`]: so there is one thing to check, be they watched or not.
    quiet: u64,
    /// What `quiet` was before the first.
    first: u64,
}

const NONE: usize = usize::MAX;

/// `handed` never gets there.
const NEVER: u64 = u64::MAX;

impl<'a, T: Tagged> Branches<'a, T> {
    #[inline(always)]
    pub(crate) fn of(tag: &'a mut T) -> Self {
        let quiet = if are_watched() { NEVER } else { handed() };
        Branches {
            tag,
            index: NONE,
            quiet,
            first: quiet,
        }
    }

    /// Of a tag whose branch 0 comes first, in every case.
    #[inline(always)]
    pub(crate) fn enter_first(tag: &'a mut T) -> Self {
        let mut quiet = handed();
        if are_watched() {
            quiet = leave(tag, NONE, 0, NEVER);
        }
        Branches {
            tag,
            index: 0,
            quiet,
            first: quiet,
        }
    }

    #[inline(always)]
    pub(crate) fn enter(&mut self, index: usize) {
        if handed() != self.quiet {
            self.leave(index);
        }
        self.index = index;
    }

    /// As [`enter`](Self::enter) for the branches from `base` on, one after the other: that of `index` from there. Which one
    /// it was last is to be said with [`are_at`](Self::are_at) afterwards, also on unwind.
    #[inline(always)]
    pub(crate) fn enter_in_turn(&mut self, base: usize, index: usize) {
        if handed() != self.quiet {
            self.quiet = leave_in_turn(&mut *self.tag, self.index, base, index, self.quiet);
        }
    }

    /// See [`enter_in_turn`](Self::enter_in_turn).
    #[inline(always)]
    pub(crate) fn are_at(&mut self, index: usize) {
        self.index = index;
    }

    /// Marks what the last branch has handed over, and watches the next.
    // The numbers are handed on by value, so that they are in registers where there is nothing to do.
    #[inline]
    fn leave(&mut self, next: usize) {
        self.quiet = leave(&mut *self.tag, self.index, next, self.quiet);
    }

    /// Behind the last branch: whether there is something left to do, or the tag may have been used.
    #[inline(always)]
    pub(crate) fn were_noted(&self) -> bool {
        handed() != self.first
    }

    /// Whether the branches may hand something over when they are dropped, or may have done so before, or are
    /// watched.
    #[inline(always)]
    pub(crate) fn may_hand_over(&self) -> bool {
        self.first == NEVER || guards_were_made()
    }

    /// Has introspection know that the combinator waits.
    #[inline]
    pub(crate) fn wait(&mut self, suspended: impl FnOnce() -> Suspended) {
        if self.quiet == NEVER {
            self.leave(NONE);
            self.index = NONE;
            note_wait(&mut *self.tag, suspended());
        }
    }
}

/// As [`leave`], for [`Branches::enter_in_turn`].
// Not there, as the compiler would take the first of the branches apart from the others.
#[cold]
#[inline(never)]
fn leave_in_turn<T: Tagged>(
    tag: &mut T,
    before: usize,
    base: usize,
    index: usize,
    quiet: u64,
) -> u64 {
    let last = match index {
        0 => before,
        _ => base + index - 1,
    };
    leave(tag, last, base + index, quiet)
}

/// As [`Branches::leave`]. Gives what `quiet` is from here on.
#[cold]
#[inline(never)]
fn leave<T: Tagged>(tag: &mut T, last: usize, next: usize, quiet: u64) -> u64 {
    if quiet != NEVER {
        let now = handed();
        mark((tag.tag().number(), last), quiet, now);
        return now;
    }
    #[cfg(feature = "tokio")]
    {
        if last != NONE {
            end_watch(tag, last);
        }
        if next != NONE {
            begin_watch(next);
        }
    }
    #[cfg(not(feature = "tokio"))]
    let _ = next;
    NEVER
}

/// Marks what the branch that was polled last has handed over, and keeps what it waits for, if it does: which are done is sorted out at
/// the end.
#[cfg(feature = "tokio")]
fn end_watch<T: Tagged>(tag: &mut T, index: usize) {
    let watch = WATCHES.try_with(|watches| watches.borrow_mut().pop());
    let Some(watch) = watch.ok().flatten() else {
        return;
    };
    let now = handed();
    if now != watch.before {
        mark((tag.tag().number(), index), watch.before, now);
    }
    if let Some(collecting) = watch.collecting
        && !std::thread::panicking()
    {
        tag.tag().node.put(index, collecting.finish());
    }
    if let Some(timer) = watch.timer {
        timer.stop(tag.tag().node.known());
    }
}

#[cold]
fn note_wait<T: Tagged>(tag: &mut T, suspended: Suspended) {
    #[cfg(feature = "tokio")]
    if watch::is_graph() {
        tag.tag().node.wait(suspended);
    }
    #[cfg(not(feature = "tokio"))]
    let _ = (tag, suspended);
}

impl<T: Tagged> Drop for Branches<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Also on unwind.
        if handed() != self.quiet {
            self.leave(NONE);
        }
    }
}

/// Whether polls of branches may have to be watched.
#[inline]
pub(crate) fn are_watched() -> bool {
    #[cfg(feature = "tokio")]
    return watch::is_any() && (watch::is_debug() || watch::is_graph());
    #[cfg(not(feature = "tokio"))]
    return false;
}

/// What is noted of a branch while it is polled.
#[cfg(feature = "tokio")]
struct Watch {
    /// What [`handed`] said.
    before: u64,
    /// In debug mode, times it.
    timer: Option<Box<debug::BranchTimer>>,
    /// With introspection, takes down what it waits for.
    collecting: Option<Collecting>,
}

#[cfg(feature = "tokio")]
thread_local! {
    /// The branches that are being polled, those of the innermost combinator last.
    // Here and not in the combinator: there it would cost something when nothing is watched.
    static WATCHES: RefCell<Vec<Watch>> = const { RefCell::new(Vec::new()) };
}

#[cfg(feature = "tokio")]
fn begin_watch(index: usize) {
    let watch = Watch {
        before: handed(),
        timer: watch::is_debug().then(|| debug::BranchTimer::start(index)),
        collecting: watch::is_graph().then(Collecting::start),
    };
    let _ = WATCHES.try_with(|watches| watches.borrow_mut().push(watch));
}

#[inline]
fn handed() -> u64 {
    CURRENT.with(|current| current.handed.get())
}

#[cold]
fn mark(branch: Branch, before: u64, now: u64) {
    let marked = with_current(|_, pending| pending.mark_newest(branch, now - before));
    if marked.is_none() {
        orphan::mark_newest(branch, now - before);
    }
}
