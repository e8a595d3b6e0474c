//! One poll of a combinator: which branches, and with which wakers.

use super::lazy::Lazy;
use super::line::Line;
use super::{Lease, pool};
use crate::graph::is_on;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::num::NonZeroU64;
use std::ops::Deref;
use std::task::{RawWakerVTable, Waker};

/// One poll of the combinator: says which branches to poll, and with which waker.
///
/// The branches of [`ready`](Self::ready) count as seen to, whether they are polled or not.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    ready: u64,
    /// Branches that had been woken without a line, and are not seen to in this round.
    left: u64,
    row: Row<'a>,
    /// In use as long as there is no line.
    lazy: &'a Lazy<'a>,
    lease: &'a mut Lease,
}

impl<'a> Round<'a> {
    /// Begins to poll the branches that have been woken, on behalf of the parent of `lazy`.
    ///
    /// At the end of the round `lease` has the line, if there is one by then, or the branches that have
    /// been woken without one.
    #[inline]
    pub(crate) fn begin(lease: &'a mut Lease, lazy: &'a Lazy<'a>) -> Self {
        match lease.begin(lazy.parent()) {
            None => Round::without(lease.woken(), 0, lease, lazy),
            Some(line) => Round::with(line, line.take(), lease, lazy),
        }
    }

    /// As [`begin`](Self::begin), but leaves those that have been woken for another round.
    pub(super) fn begin_silently(lease: &'a mut Lease, lazy: &'a Lazy<'a>) -> Self {
        match lease.begin(lazy.parent()) {
            None => Round::without(0, lease.woken(), lease, lazy),
            Some(line) => Round::with(line, 0, lease, lazy),
        }
    }

    #[inline]
    fn without(ready: u64, left: u64, lease: &'a mut Lease, lazy: &'a Lazy<'a>) -> Self {
        Round {
            ready,
            left,
            row: Row::of_lazy(lazy),
            lazy,
            lease,
        }
    }

    #[inline]
    fn with(line: &'static Line, ready: u64, lease: &'a mut Lease, lazy: &'a Lazy<'a>) -> Self {
        Round {
            ready,
            left: 0,
            row: Row::of_line(line),
            lazy,
            lease,
        }
    }

    /// A bit for each branch to poll; bits of branches that are finished may be set too.
    #[inline]
    pub(crate) fn ready(&self) -> u64 {
        self.ready
    }

    /// The waker to poll branch `index` with, which must be less than 64.
    #[inline]
    pub(crate) fn waker(&self, index: u32) -> Borrowed<'_> {
        self.row.waker(index)
    }
}

impl Lease {
    /// As [`Round::begin`], where there is a line: the branches that have been woken, which count as seen to,
    /// and the wakers of all.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[inline(always)]
    pub(crate) fn take(&mut self, parent: &Waker) -> (u64, Row<'static>) {
        let line = self.begin(parent).expect("there is a line");
        (line.take(), Row::of_line(line))
    }

    /// Where there is a line: has the branches count as woken. Who says so comes back for them by itself.
    pub(crate) fn add(&mut self, woken: u64) {
        if let Some(line) = self.line() {
            line.add(woken);
        }
    }
}

/// The only branch of a line that has been woken, which does not count as seen to yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneWoken {
    line: &'static Line,
    bit: NonZeroU64,
}

impl Lease {
    /// Which branch has been woken, where there is a line that wakes `parent`, and no other has.
    #[inline(always)]
    pub(crate) fn one_woken(&self, parent: &Waker) -> Option<OneWoken> {
        let line = self.line()?;
        OneWoken::of(line, line.has_registered(parent))
    }

    /// The same, where the parent is that branch of another line.
    #[inline(always)]
    pub(crate) fn one_woken_below(&self, above: &OneWoken) -> Option<OneWoken> {
        let line = self.line()?;
        OneWoken::of(line, line.is_below(above.line, above.index() as u32))
    }
}

impl OneWoken {
    #[inline(always)]
    fn of(line: &'static Line, wakes: bool) -> Option<Self> {
        let bit = NonZeroU64::new(line.woken())?;
        let others = bit.get() & (bit.get() - 1);
        (wakes && others == 0).then_some(OneWoken { line, bit })
    }

    #[inline(always)]
    pub(crate) fn bit(&self) -> u64 {
        self.bit.get()
    }

    #[inline(always)]
    pub(crate) fn index(&self) -> usize {
        self.bit.trailing_zeros() as usize
    }

    /// It counts as seen to from here on. Gives its waker, for who does not [count](is_on) clones.
    #[inline(always)]
    pub(crate) fn take(self) -> Borrowed<'static> {
        let woken = self.line.take();
        if woken != self.bit() {
            self.line.wake_again(woken & !self.bit());
        }
        Row::plain(self.line).waker(self.index() as u32)
    }
}

/// A poll of a combinator that has no line: the first, which polls all branches, and those that follow as long as
/// nobody keeps the waker of a branch.
#[derive(Debug)]
pub(crate) struct First<'a> {
    lazy: &'a Lazy<'a>,
}

impl<'a> First<'a> {
    #[inline]
    pub(crate) fn begin(lazy: &'a Lazy<'a>) -> Self {
        First { lazy }
    }

    /// As [`Round::waker`].
    #[inline]
    pub(crate) fn waker(&self, index: u32) -> Borrowed<'a> {
        self.row().waker(index)
    }

    /// The same; that of the line, if there is one by now. It is cheaper to clone, and what a branch has kept of the
    /// combinator before, which had the same line more often than not, it need not clone at all.
    #[inline]
    pub(crate) fn waker_of_line(&self, index: u32) -> Borrowed<'a> {
        let row = match self.lazy.line() {
            None => self.row(),
            Some(line) => Row::of_line(line),
        };
        row.waker(index)
    }

    /// The wakers of all branches.
    #[inline]
    pub(crate) fn row(&self) -> Row<'a> {
        Row::of_lazy(self.lazy)
    }

    /// Ends it where there are branches to be polled again: `lease` has the line if there is one by now, or the
    /// branches that have been woken without one. Those of `later` count as woken; who says so comes back for
    /// them by itself.
    #[inline]
    pub(crate) fn keep(self, lease: &mut Lease, later: u64) {
        let woken = self.lazy.woken() | later;
        lease.keep(self.lazy.line(), woken);
        mem::forget(self);
    }

    /// Whether somebody has kept the waker of a branch.
    #[inline]
    pub(crate) fn has_line(&self) -> bool {
        self.lazy.line().is_some()
    }
}

impl Drop for First<'_> {
    /// No branch is to be polled again, or one has panicked.
    #[inline]
    fn drop(&mut self) {
        #[cold]
        fn give_back(line: &'static Line) {
            pool::give_back(line);
        }
        if let Some(line) = self.lazy.line() {
            give_back(line);
        }
    }
}

impl Drop for Round<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.lease.line().is_none() {
            self.lease
                .keep(self.lazy.line(), self.lazy.woken() | self.left);
        }
    }
}

/// The wakers of 64 branches, for the lifetime `'a`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The waker of branch 0.
    first: *const (),
    table: &'static RawWakerVTable,
    lender: PhantomData<&'a Lazy<'a>>,
}

impl<'a> Row<'a> {
    #[inline]
    fn of_lazy(lazy: &'a Lazy<'a>) -> Self {
        Row::of_parts(lazy.parts())
    }

    #[inline]
    fn of_line(line: &'static Line) -> Self {
        match is_on() {
            true => Row::of_parts(line.counting_parts()),
            false => Row::plain(line),
        }
    }

    #[inline]
    fn plain(line: &'static Line) -> Self {
        Row::of_parts(line.parts())
    }

    #[inline]
    fn of_parts((first, table): (*const (), &'static RawWakerVTable)) -> Self {
        Row {
            first,
            table,
            lender: PhantomData,
        }
    }

    /// The waker to poll branch `index` with, which must be less than 64.
    #[inline]
    pub(crate) fn waker(&self, index: u32) -> Borrowed<'a> {
        debug_assert!(index < u64::BITS, "a line has 64 wakers");
        let data = self.first.wrapping_byte_add(index as usize);
        // SAFETY: the parts are those of a line, which lives for ever, or of a `Lazy`, which is borrowed for
        // as long as the waker. Both say that their parts may be used so.
        let waker = unsafe { Waker::new(data, self.table) };
        Borrowed {
            waker: ManuallyDrop::new(waker),
            lender: PhantomData,
        }
    }
}

/// Which waker a branch is polled with.
pub(crate) trait EachWaker {
    /// That of branch `index`, which must be less than 64.
    fn of(&self, index: u32) -> impl Deref<Target = Waker>;

    /// Has the branches polled again.
    #[cold]
    fn wake(&self, mut branches: u64) {
        while branches != 0 {
            self.of(branches.trailing_zeros()).wake_by_ref();
            branches &= branches - 1;
        }
    }
}

/// Each has its own.
impl EachWaker for Row<'_> {
    #[inline]
    fn of(&self, index: u32) -> impl Deref<Target = Waker> {
        self.waker(index)
    }
}

/// All have that of the combinator.
impl EachWaker for &Waker {
    #[inline]
    fn of(&self, _index: u32) -> impl Deref<Target = Waker> {
        *self
    }
}

/// A waker that can be looked at for the lifetime `'a`. It owns nothing, and is not dropped.
#[derive(Debug)]
pub(crate) struct Borrowed<'a> {
    waker: ManuallyDrop<Waker>,
    lender: PhantomData<&'a Lazy<'a>>,
}

impl Deref for Borrowed<'_> {
    type Target = Waker;

    #[inline]
    fn deref(&self) -> &Waker {
        &self.waker
    }
}
