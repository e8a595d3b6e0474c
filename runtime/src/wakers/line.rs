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
//! cloning copies the pointer and dropping does nothing.
//!
//! A *stale* waker, one that outlives the owner for which it was made, wakes whoever owns the line
//! now. That is a spurious wake-up, which every future has to stand; owners poll only branches that
//! are not finished.
//!
//! All in a line is an atomic but the parent, which `hold` guards. Who changes it from [`FREE`] to [`HELD`]
//! *holds* the line, until it changes it back. Only a holder writes the parent, and only the owner when it
//! holds the line, or a holder that finds the line [`CLOSED`]: it has no owner then, and nobody else can become
//! one, as it is not in the pool. So a holder may read the parent; and the owner may, held or not.
//!
//! # Why no wake-up is lost
//!
//! A waker sets its bit. If none was set before, it sees to it that the parent is woken after that: where that is
//! a waker of another line, [`above`](Line::above) says so, and it is woken right away; else it holds the line and
//! wakes the parent; or, if somebody else holds it, leaves [`AGAIN`], and a waker that holds the line does not let
//! go of it before it has woken the parent once more. An owner that is about to poll its branches *first registers
//! its parent, then takes the bits*. So:
//!
//! 1. While a bit is set that the owner has not taken, a wake-up of the parent is on its way, or the
//!    owner is between registering and taking. For who sees something else in `above` than what is registered has
//!    set its bit before the owner takes them; and if `AGAIN` is left with
//!    - another waker, that wakes the parent again, the one that was registered when it began to hold the line:
//!      an owner that wants to register another one, and finds the line held, leaves it for another line;
//!    - an owner that registers, it takes the bits afterwards;
//!    - an owner that gives the line back, they are stale. The next one takes the bits after it has registered.
//! 2. A bit that is set when others are set already needs no wake-up of its own, by 1.
//!
//! The order of the owner's two steps matters also when a line changes hands: a bit that a stale waker
//! sets while the line has no owner would make all wakers of the next owner silent, were the bits not
//! taken after its parent is registered.
//!
//! Nobody waits for a holder, so a parent's waker may do whatever it likes: wake the line, poll the owner, drop
//! it.

mod held;

use super::sync::{AtomicPtr, AtomicU8, AtomicU64, UnsafeCell};
use crate::graph::{count_clone, own_clone};
use held::Held;
use std::fmt;
use std::mem;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// How many wakers a line holds.
pub(super) const WIDTH: usize = 64;

/// Whom to wake, and a bit for each of 64 branches.
#[repr(align(64))]
pub(super) struct Line {
    /// The branches that have been woken since the owner last looked.
    woken: AtomicU64,
    /// Whether the parent is in use.
    hold: AtomicU8,
    /// The owner's waker. One that does nothing where there is no owner.
    parent: UnsafeCell<Waker>,
    /// What that consists of if it is one of another line, which is there for ever; else null.
    above: AtomicPtr<()>,
}

fn nobody() -> Waker {
    Waker::noop().clone()
}

/// The parent is not in use.
const FREE: u8 = 0;
/// Somebody uses the parent.
const HELD: u8 = 1;
/// The parent is to be woken once more.
const AGAIN: u8 = 2;
/// The owner has gone: the line goes to the pool when it is no longer held.
const CLOSED: u8 = 4;

// SAFETY: all fields are atomics, but the parent: that is `Send` and `Sync`, and accessed as the text above
// says.
unsafe impl Sync for Line {}

impl Line {
    pub(super) fn new() -> Self {
        Line {
            woken: AtomicU64::new(0),
            hold: AtomicU8::new(FREE),
            parent: UnsafeCell::new(nobody()),
            above: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// For who takes it from the pool, to own it: registers `parent`. False if a stale waker is at work on it;
    /// then it is not for the taking.
    #[must_use]
    pub(super) fn open(&self, parent: &Waker) -> bool {
        let opened = self.register(parent);
        if opened {
            // What an earlier owner's wakers have left behind.
            self.woken.swap(0, AcqRel);
        }
        opened
    }

    /// For the owner, before it polls: has `parent` woken from here on. False if that cannot be as another
    /// parent is being woken; then the owner has to leave the line for another one.
    #[inline]
    #[must_use]
    pub(super) fn wakes(&self, parent: &Waker) -> bool {
        self.has_registered(parent) || self.register(parent)
    }

    /// For the owner: whether `parent` is the one that is woken.
    #[inline]
    pub(super) fn has_registered(&self, parent: &Waker) -> bool {
        self.parent.with(|registered| {
            // SAFETY: only the owner writes it.
            unsafe { &*registered }.will_wake(parent)
        })
    }

    /// For the owner: whether the one that is woken is branch `index` of `above`.
    #[inline]
    pub(super) fn is_below(&self, above: &'static Line, index: u32) -> bool {
        let (first, _) = above.parts();
        ptr::eq(
            self.above.load(Relaxed),
            first.wrapping_byte_add(index as usize),
        )
    }

    #[cold]
    fn register(&self, parent: &Waker) -> bool {
        // Cloning and dropping wakers is foreign code, which may come back to this line: not while it is held.
        let parent = own_clone(parent);
        let above = match ptr::eq(parent.vtable(), &WAKER) {
            true => parent.data().cast_mut(),
            false => ptr::null_mut(),
        };
        if self.hold.fetch_or(HELD, AcqRel) & HELD != 0 {
            return false;
        }
        // SAFETY: this is the owner, and holds the line.
        let old = self
            .parent
            .with_mut(|registered| unsafe { mem::replace(&mut *registered, parent) });
        self.above.store(above, Release);
        // If it is to be woken again: the owner comes for the bits.
        self.hold.swap(FREE, AcqRel);
        drop(old);
        true
    }

    /// For the owner, after [`wakes`](Self::wakes): takes the bits of those branches that have been woken until
    /// now.
    #[inline]
    pub(super) fn take(&self) -> u64 {
        self.woken.swap(0, AcqRel)
    }

    /// For the owner: has the branches count as woken. It comes back for them by itself.
    pub(super) fn add(&self, woken: u64) {
        if woken != 0 {
            self.woken.fetch_or(woken, AcqRel);
        }
    }

    /// For the owner: has the branches woken once more, which it has taken and will not poll.
    #[cold]
    pub(super) fn wake_again(&'static self, woken: u64) {
        if self.woken.fetch_or(woken, AcqRel) == 0 {
            self.wake_parent();
        }
    }

    /// The branches that have been woken since the owner last took the bits.
    #[inline]
    pub(super) fn woken(&self) -> u64 {
        self.woken.load(Acquire)
    }

    /// For the owner, when it is done with the line: forgets its waker. False if it is just being woken; then
    /// who does that sees to the rest, and gives the line to the pool.
    #[must_use]
    pub(super) fn close(&self) -> bool {
        let free = self.hold.fetch_or(HELD | CLOSED, AcqRel) & HELD == 0;
        if free {
            self.forget_parent();
        }
        free
    }

    /// For who holds a line that is closed.
    fn forget_parent(&self) {
        // SAFETY: the line is held, and has no owner.
        let parent = self
            .parent
            .with_mut(|parent| unsafe { mem::replace(&mut *parent, nobody()) });
        self.above.store(ptr::null_mut(), Relaxed);
        // Not a `store`: in the model, what another thread exchanges could overwrite it.
        self.hold.swap(FREE, AcqRel);
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

    /// Wakes the parent, whatever it is.
    fn wake_parent(&'static self) {
        let above = self.above.load(Acquire);
        if above.is_null() {
            return self.notify();
        }
        // SAFETY: it is what a waker of a line consists of.
        unsafe { wake(above) }
    }

    /// Wakes the parent, which is not a line.
    fn notify(&'static self) {
        match self.hold.compare_exchange(FREE, HELD, AcqRel, Acquire) {
            Ok(_) => Held(self).wake_parent(),
            Err(hold) => self.notify_again(hold),
        }
    }

    /// As [`notify`](Self::notify), where somebody uses the parent.
    #[cold]
    fn notify_again(&'static self, mut hold: u8) {
        loop {
            let exchanged = match hold & HELD {
                0 => self
                    .hold
                    .compare_exchange(hold, hold | HELD, AcqRel, Acquire),
                _ => self
                    .hold
                    .compare_exchange(hold, hold | AGAIN, AcqRel, Acquire),
            };
            match exchanged {
                Ok(before) if before & HELD == 0 => return Held(self).wake_parent(),
                Ok(_) => return,
                Err(now) => hold = now,
            }
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("woken", &self.woken.load(Relaxed))
            .finish_non_exhaustive()
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
unsafe fn wake(mut data: *const ()) {
    loop {
        let line = data.map_addr(|address| address & !(WIDTH - 1));
        // SAFETY: `data` is the address of a `&'static Line` plus an index below 64, with the provenance
        // of that reference; a line is aligned to 64 bytes, so clearing the low bits gives the address of
        // the line again. What is above a line is another one's in the same way.
        let line = unsafe { &*line.cast::<Line>() };
        let bit = 1 << (data.addr() % WIDTH);
        // Mostly it is the first.
        let first = line.woken.compare_exchange(0, bit, AcqRel, Relaxed);
        if first.is_err() && line.woken.fetch_or(bit, AcqRel) != 0 {
            return;
        }
        data = line.above.load(Acquire);
        if data.is_null() {
            return line.notify();
        }
    }
}
