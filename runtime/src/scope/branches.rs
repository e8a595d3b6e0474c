//! Which branch of which combinator hands cleanup over.

use super::frame::handed;
use super::guards_were_made;
use super::hand_over::mark;
use crate::graph::{NodeSlot, Site, Suspended};
#[cfg(feature = "tokio")]
use crate::{events::debug, graph::Collecting, watch};
#[cfg(feature = "tokio")]
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

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

    /// Has introspection know that the combinator waits: under what name, for how many branches, and for which of them, a
    /// bit for each.
    #[inline]
    pub(crate) fn wait(&mut self, name: &'static str, total: usize, pending: Option<u64>) {
        self.wait_at(name, None, total, pending);
    }

    /// The same of one of which is known where it stands.
    #[inline]
    pub(crate) fn wait_at(
        &mut self,
        name: &'static str,
        site: Option<&'static Site>,
        total: usize,
        pending: Option<u64>,
    ) {
        if self.quiet == NEVER {
            wait_watched(&mut *self.tag, self.index, name, site, total, pending);
            self.index = NONE;
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

/// As [`Branches::wait_at`] after branch `last`.
// Not where combinators are polled, each of which would have a copy.
#[cold]
#[inline(never)]
fn wait_watched<T: Tagged>(
    tag: &mut T,
    last: usize,
    name: &'static str,
    site: Option<&'static Site>,
    total: usize,
    pending: Option<u64>,
) {
    leave(tag, last, NONE, NEVER);
    let suspended = Suspended {
        name,
        site,
        total: Some(total),
        pending,
        ..Suspended::default()
    };
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
    return watch::is_any() && watch::is_anything();
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
