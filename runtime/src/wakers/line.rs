//! A line: 64 wakers in one cache line.
//!
//! The waker of branch `i` is the address of the line plus `i`, and the line is aligned to 64 bytes,
//! so both can be told from the one pointer that a waker holds. Lines are never freed: when its owner
//! is done, a line goes back to the pool and serves another one.
//!
//! # Why this is sound
//!
//! A waker of a line points into memory that lives for ever and is only ever accessed through shared
//! references, so using one is sound at any time, from any thread. It needs no reference count:
//! cloning copies the pointer and dropping does nothing. Everything in a line is an atomic or behind a
//! lock.
//!
//! A *stale* waker, one that outlives the owner for which it was made, wakes whoever owns the line
//! now. That is a spurious wake-up, which every future has to stand; owners poll only branches that
//! are not finished.
//!
//! # Why no wake-up is lost
//!
//! A waker sets its bit, and if no bit was set before, takes the parent out and wakes it. An owner
//! that is about to poll its branches *first registers its parent, then takes the bits*. So:
//!
//! 1. While a bit is set that the owner has not taken, a wake-up of the parent is on its way, or the
//!    owner is between registering and taking. For whoever set the first bit either finds the parent
//!    and wakes it, or finds none, because
//!    - another waker has taken it, and is about to wake it or has done so; the owner registers
//!      again when that makes it poll, and takes the bits after that. Or
//!    - the line has no owner; the next one registers, and then takes the bits.
//! 2. A bit that is set when others are set already needs no wake-up of its own, by 1.
//!
//! The order of the owner's two steps matters also when a line changes hands: a bit that a stale waker
//! sets while the line has no owner would make all wakers of the next owner silent, were the bits not
//! taken after its parent is registered.

use super::sync::{AtomicU64, Mutex, lock};
use crate::graph::{count_clone, own_clone};
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// How many wakers a line holds.
pub(super) const WIDTH: usize = 64;

/// Whom to wake, and a bit for each of 64 branches.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Line {
    /// The branches that have been woken since the owner last looked.
    woken: AtomicU64,
    /// The owner's waker, from each poll of the owner until the wake-up that follows it.
    parent: Mutex<Option<Waker>>,
}

impl Line {
    pub(super) fn new() -> Self {
        Line {
            woken: AtomicU64::new(0),
            parent: Mutex::new(None),
        }
    }

    /// For the owner, before it polls: has `parent` woken from here on, and takes the bits of those
    /// branches that have been woken until now.
    pub(super) fn begin(&self, parent: &Waker) -> u64 {
        self.register(parent);
        self.woken.swap(0, AcqRel)
    }

    /// As [`begin`](Self::begin), but leaves the bits. The owner has to come back for them by itself:
    /// there may be no wake-up.
    pub(super) fn register(&self, parent: &Waker) {
        // Whoever has woken a branch has most likely taken the parent: then it is not worth a look.
        let registered = !self.has_woken()
            && lock(&self.parent)
                .as_ref()
                .is_some_and(|registered| registered.will_wake(parent));
        if !registered {
            // Cloning and dropping wakers is foreign code, which may come back to this line: not
            // with the lock held.
            let parent = own_clone(parent);
            let old = lock(&self.parent).replace(parent);
            drop(old);
        }
    }

    /// For the owner: has the branches count as woken. It comes back for them by itself.
    pub(super) fn add(&self, woken: u64) {
        if woken != 0 {
            self.woken.fetch_or(woken, AcqRel);
        }
    }

    /// Whether a branch has been woken since the owner last took the bits.
    pub(super) fn has_woken(&self) -> bool {
        self.woken.load(Acquire) != 0
    }

    /// For the owner, when it is done with the line: forgets its waker.
    pub(super) fn end(&self) {
        let parent = lock(&self.parent).take();
        drop(parent);
    }

    /// What the waker of branch 0 consists of. Those of the others are as many bytes further on.
    ///
    /// The functions of the table can be called at any time from any thread (see there), and do what the
    /// contract of `RawWaker` asks for: wake-ups are passed on to the owner, a clone is the same pointer,
    /// and there is nothing to release.
    #[inline]
    pub(super) fn parts(&'static self) -> (*const (), &'static RawWakerVTable) {
        (ptr::from_ref(self).cast(), &WAKER)
    }

    /// As [`parts`](Self::parts), for the time of one poll where introspection is on: such a waker counts
    /// its clones, which are plain ones, and differs from these, so that nobody who keeps one takes it for
    /// the same.
    pub(super) fn counting_parts(&'static self) -> (*const (), &'static RawWakerVTable) {
        (ptr::from_ref(self).cast(), &COUNTING_WAKER)
    }

    /// Branch `index` has something to do.
    fn wake(&self, index: u32) {
        if self.woken.fetch_or(1 << index, AcqRel) == 0 {
            let parent = lock(&self.parent).take();
            // Without the lock, and as the last thing done here: this may run the owner, drop it, and
            // give the line to another one.
            if let Some(parent) = parent {
                parent.wake();
            }
        }
    }
}

// A `static`: `Waker::will_wake` compares the address, and a `const` may have several.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop_nothing);

static COUNTING_WAKER: RawWakerVTable =
    RawWakerVTable::new(clone_and_count, wake, wake, drop_nothing);

fn clone_and_count(data: *const ()) -> RawWaker {
    count_clone();
    clone(data)
}

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &WAKER)
}

fn drop_nothing(_data: *const ()) {}

/// # Safety
///
/// `data` must come from [`Line::parts`].
unsafe fn wake(data: *const ()) {
    let line = data.map_addr(|address| address & !(WIDTH - 1));
    // SAFETY: `data` is the address of a `&'static Line` plus an index below 64, with the provenance
    // of that reference; a line is aligned to 64 bytes, so clearing the low bits gives the address of
    // the line again.
    let line = unsafe { &*line.cast::<Line>() };
    line.wake((data.addr() % WIDTH) as u32);
}
