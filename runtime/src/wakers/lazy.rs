//! The wakers of a combinator that has no line yet.
//!
//! They live on the stack for the time of one poll. Waking one by reference leaves a bit behind and
//! wakes the parent; cloning one takes a line from the pool, for all branches, and gives the waker of
//! the line. So a combinator whose branches are all ready, or that wake themselves, needs no line.
//!
//! # Why this is sound
//!
//! A waker made of [`Lazy::parts`] is behind a reference whose lifetime is bound to the borrow of the
//! `Lazy` (see [`round`](super::round)). Safe code cannot get it out by value from there; all it can do is call `wake_by_ref`,
//! `clone` and `will_wake`, from this thread or another that it shares the reference with, while the
//! `Lazy` is borrowed and so alive and in its place. A clone does not point here but into a line.

use super::line::{Line, WIDTH};
use super::pool;
use super::sync::{AtomicPtr, AtomicU64};
use crate::graph::count_clone;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// Stands in for a line during one poll.
// Aligned as a line, for the same encoding of the index.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Lazy<'a> {
    /// Null, or a `&'static Line` that was taken from the pool for the first clone.
    line: AtomicPtr<Line>,
    /// The branches that have been woken by reference.
    woken: AtomicU64,
    parent: &'a Waker,
}

impl<'a> Lazy<'a> {
    #[inline]
    pub(crate) fn new(parent: &'a Waker) -> Self {
        Lazy {
            line: AtomicPtr::new(ptr::null_mut()),
            woken: AtomicU64::new(0),
            parent,
        }
    }

    /// What the waker of branch 0 consists of. Those of the others are as many bytes further on.
    ///
    /// The functions of the table can be called from any thread while `self` is borrowed, and do what
    /// the contract of `RawWaker` asks for; such a waker owns nothing.
    #[inline]
    pub(super) fn parts(&self) -> (*const (), &'static RawWakerVTable) {
        (ptr::from_ref(self).cast(), &WAKER)
    }

    #[inline]
    pub(super) fn parent(&self) -> &'a Waker {
        self.parent
    }

    /// The line, if a waker has been cloned.
    #[inline]
    pub(super) fn line(&self) -> Option<&'static Line> {
        // SAFETY: it is null or was stored by `clone_first`, from a `&'static Line`.
        unsafe { self.line.load(Acquire).as_ref() }
    }

    /// The branches that have been woken by reference.
    #[inline]
    pub(super) fn woken(&self) -> u64 {
        self.woken.load(Acquire)
    }

    #[inline]
    fn wake(&self, bit: u64) {
        // Where others have been woken, whoever was the first wakes the parent: no bit is ever taken back.
        if self.woken.load(Acquire) == 0 {
            return self.wake_first(bit);
        }
        // What was there before is not asked for, which is cheaper.
        self.woken.fetch_or(bit, AcqRel);
    }

    #[inline(never)]
    fn wake_first(&self, bit: u64) {
        if self.woken.fetch_or(bit, AcqRel) == 0 {
            self.parent.wake_by_ref();
        }
    }

    #[cold]
    fn clone_first(&self, index: usize) -> RawWaker {
        let line = pool::take(self.parent);
        let new = ptr::from_ref(line).cast_mut();
        let first = self
            .line
            .compare_exchange(ptr::null_mut(), new, AcqRel, Acquire);
        if first.is_err() {
            // A branch shares its waker with another thread, which was faster.
            pool::give_back(line);
        }
        let line = self.line().expect("one of the two has set it");
        waker_of(line, index)
    }
}

fn waker_of(line: &'static Line, index: usize) -> RawWaker {
    let (first, table) = line.parts();
    RawWaker::new(first.wrapping_byte_add(index), table)
}

// A `static`: `Waker::will_wake` compares the address, and a `const` may have several.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop_nothing);

fn drop_nothing(_data: *const ()) {}

/// # Safety
///
/// `data` must come from [`Lazy::parts`], with the `Lazy` still borrowed.
unsafe fn of<'a>(data: *const ()) -> &'a Lazy<'a> {
    let lazy = data.map_addr(|address| address & !(WIDTH - 1));
    // SAFETY: `data` is the address of a `&Lazy` plus an index below 64, with the provenance of that
    // reference; the type is aligned to 64 bytes, so clearing the low bits gives its address again.
    // The caller promises that it is alive.
    unsafe { &*lazy.cast::<Lazy<'a>>() }
}

/// # Safety
///
/// As [`of`].
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: passed on to the caller.
    let lazy = unsafe { of(data) };
    count_clone();
    let index = data.addr() % WIDTH;
    match lazy.line() {
        Some(line) => waker_of(line, index),
        None => lazy.clone_first(index),
    }
}

/// # Safety
///
/// As [`of`].
unsafe fn wake(data: *const ()) {
    // SAFETY: passed on to the caller.
    let lazy = unsafe { of(data) };
    lazy.wake(1 << (data.addr() % WIDTH));
}
