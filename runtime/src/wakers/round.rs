//! One poll of a combinator: which branches, and with which wakers.

use super::Lease;
use super::lazy::Lazy;
use crate::graph::is_on;
use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::task::{RawWakerVTable, Waker};

/// A set of branches, a bit for each: as wide as the combinator needs.
pub(crate) trait Bits: Default + fmt::Debug {
    fn get(&self) -> u64;
    fn add(&mut self, bits: u64);
}

impl Bits for u64 {
    #[inline]
    fn get(&self) -> u64 {
        *self
    }

    #[inline]
    fn add(&mut self, bits: u64) {
        *self |= bits;
    }
}

impl Bits for u16 {
    #[inline]
    fn get(&self) -> u64 {
        (*self).into()
    }

    #[inline]
    fn add(&mut self, bits: u64) {
        *self |= bits as u16;
    }
}

/// One poll of the combinator: says which branches to poll, and with which waker.
///
/// The branches of [`ready`](Self::ready) count as seen to, whether they are polled or not.
#[derive(Debug)]
pub(crate) struct Round<'a, B: Bits> {
    ready: u64,
    /// The waker of branch 0.
    first: *const (),
    table: &'static RawWakerVTable,
    /// In use as long as there is no line.
    lazy: &'a Lazy<'a>,
    lease: &'a mut Lease,
    woken: &'a mut B,
}

impl<'a, B: Bits> Round<'a, B> {
    /// Begins to poll the branches that have been woken, on behalf of the parent of `lazy`: those of
    /// `woken`, and those whose bits in the line are set.
    ///
    /// At the end of the round the line, if there is one by then, is in `lease`, and `woken` has the
    /// branches that have been woken without one.
    #[inline]
    pub(crate) fn begin(lease: &'a mut Lease, woken: &'a mut B, lazy: &'a Lazy<'a>) -> Self {
        let mut ready = mem::take(woken).get();
        if let Some(line) = lease.0 {
            ready |= line.begin(lazy.parent());
        }
        Round::of(ready, lease, woken, lazy)
    }

    /// As [`begin`](Self::begin), but leaves those that have been woken for another round.
    pub(super) fn begin_silently(
        lease: &'a mut Lease,
        woken: &'a mut B,
        lazy: &'a Lazy<'a>,
    ) -> Self {
        if let Some(line) = lease.0 {
            line.register(lazy.parent());
        }
        Round::of(0, lease, woken, lazy)
    }

    #[inline]
    fn of(ready: u64, lease: &'a mut Lease, woken: &'a mut B, lazy: &'a Lazy<'a>) -> Self {
        let (first, table) = match lease.0 {
            None => lazy.parts(),
            Some(line) if is_on() => line.counting_parts(),
            Some(line) => line.parts(),
        };
        Round {
            ready,
            first,
            table,
            lazy,
            lease,
            woken,
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
        debug_assert!(index < u64::BITS, "a line has 64 wakers");
        let data = self.first.wrapping_byte_add(index as usize);
        // SAFETY: the parts are those of a line, which lives for ever, or of `lazy`, which `Borrowed`
        // keeps borrowed. Both say that they may be used so.
        let waker = unsafe { Waker::new(data, self.table) };
        Borrowed {
            waker: ManuallyDrop::new(waker),
            lender: PhantomData,
        }
    }
}

impl<B: Bits> Drop for Round<'_, B> {
    #[inline]
    fn drop(&mut self) {
        if self.lease.0.is_none() {
            self.lease.0 = self.lazy.line();
            self.woken.add(self.lazy.woken());
        }
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
