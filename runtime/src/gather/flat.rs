//! Up to 64 futures of one type, with a bit for each: the spread of a few.
//!
//! # Why this is sound
//!
//! As for [`tuple`](super::tuple): the [`Place`] of branch `i` holds its future if bit `i` of `pending` is
//! set; its item if bit `i` of `finished` is; else nothing. A bit is set after the place is filled, and
//! cleared before it is emptied; so what panics in between leaves a value out, but never uses one twice.
//! While the branches are polled both are in a [`Now`], which puts them back.

use super::pinned::PinnedSlice;
use crate::combine::{next_turn, to_the_end, turns};
use crate::graph::Suspended;
use crate::place::Place;
use crate::scope::{Branches, Tag};
use crate::wakers::{Lazy, Lease, Round};
use std::future::Future;
use std::mem;
use std::task::{Context, Poll};

/// The most branches that there are bits for.
pub(super) const WIDEST: usize = 64;

/// Futures, each with a place for its item.
#[derive(Debug)]
pub(super) struct Flat<F, T> {
    places: PinnedSlice<Place<F, T>>,
    lease: Lease,
    tag: Tag,
    pending: u64,
    finished: u64,
    /// The branch whose turn is first.
    start: u8,
}

impl<F, T> Flat<F, T> {
    /// # Panics
    ///
    /// If there are more than [`WIDEST`].
    pub(super) fn new(futures: impl Iterator<Item = F>) -> Self {
        let places = PinnedSlice::new(futures.map(Place::new));
        let count = places.len();
        assert!(
            count <= WIDEST,
            "an iterator gave more than its `size_hint` says"
        );
        Flat {
            places,
            lease: Lease::ALL_WOKEN,
            tag: Tag::new(),
            pending: if count == WIDEST {
                u64::MAX
            } else {
                (1 << count) - 1
            },
            finished: 0,
            start: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many are not finished.
    pub(super) fn left(&self) -> usize {
        self.pending.count_ones() as usize
    }

    /// The items of all branches. They must be finished, and not taken before.
    pub(super) fn take_items(&mut self) -> Vec<T> {
        let finished = mem::take(&mut self.finished);
        let all = self.places.len();
        assert_eq!(finished.count_ones() as usize, all, "each has its item");
        let mut places = self.places.all();
        // SAFETY: `finished` said that the items are there, and no longer does.
        let take = |index| unsafe { places.get(index).take() };
        (0..all).map(take).collect()
    }

    /// Drops what is left of the branches, each on its own account.
    pub(super) fn clear(&mut self) {
        self.lease.end();
        to_the_end(|| self.clear_some());
    }

    /// The same, until one panics.
    fn clear_some(&mut self) {
        let mut branches = Branches::of(&mut self.tag);
        while self.pending | self.finished != 0 {
            let index = (self.pending | self.finished).trailing_zeros();
            let bit = 1 << index;
            let place = self.places.get(index as usize);
            branches.enter(index as usize);
            if self.pending & bit != 0 {
                self.pending &= !bit;
                // SAFETY: `pending` said that the future is there, and no longer does.
                unsafe { place.drop_future() }
            } else {
                self.finished &= !bit;
                // SAFETY: `finished` said that the item is there, and no longer does.
                drop(unsafe { place.take() });
            }
        }
    }
}

/// The bits in registers, put back when this is dropped, also on unwind.
struct Now<'a> {
    pending: u64,
    finished: u64,
    kept: (&'a mut u64, &'a mut u64),
}

impl Drop for Now<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.kept.0 = self.pending;
        *self.kept.1 = self.finished;
    }
}

impl<F: Future, T> Flat<F, T> {
    /// Polls the branches that are due; `split` tells an item from an error. `Ready` when all are finished or
    /// one has failed.
    #[inline]
    pub(super) fn poll<E>(
        &mut self,
        cx: &mut Context<'_>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Poll<Result<(), E>> {
        let mut branches = Branches::of(&mut self.tag);
        let lazy = Lazy::new(cx.waker());
        let round = Round::begin(&mut self.lease, &lazy);
        let mut now = Now {
            pending: self.pending,
            finished: self.finished,
            kept: (&mut self.pending, &mut self.finished),
        };
        let (first, later) = turns(round.ready() & now.pending, self.start.into());
        let mut places = self.places.all();
        let mut due = first;
        while due != 0 {
            let index = due.trailing_zeros();
            due &= due - 1;
            branches.enter(index as usize);
            let mut place = places.get(index as usize);
            // SAFETY: `pending` says that the future is there.
            let future = unsafe { place.as_mut().future() };
            let Poll::Ready(output) = future.poll(&mut Context::from_waker(&round.waker(index)))
            else {
                continue;
            };
            now.pending &= !(1 << index);
            // SAFETY: it is there, and `pending` no longer says so.
            unsafe { place.as_mut().drop_future() }
            match split(output) {
                Ok(item) => {
                    // SAFETY: nothing is there any more.
                    unsafe { place.put(item) }
                    now.finished |= 1 << index;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if now.pending == 0 {
            round.end_all();
            return Poll::Ready(Ok(()));
        }
        drop(now);
        self.start = next_turn(first, first).unwrap_or(0);
        round.end(later);
        if later != 0 {
            cx.waker().wake_by_ref();
        }
        branches.wait(|| Suspended {
            name: "spread",
            total: Some(self.places.len()),
            pending: Some(self.pending),
            ..Suspended::default()
        });
        Poll::Pending
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use crate::gather::all;
    use std::cell::Cell;
    use std::future::{Future, poll_fn, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn as_many_as_there_are_bits_and_one_more() {
        for count in [0, 1, 63, 64, 65] {
            let items = poll_once(all((0..count).map(ready), usize::MAX));
            assert_eq!(items, Poll::Ready((0..count).collect()));
        }
    }

    #[test]
    fn an_iterator_that_gives_more_than_it_says() {
        struct Liar(std::vec::IntoIter<std::future::Ready<u32>>);
        impl Iterator for Liar {
            type Item = std::future::Ready<u32>;
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next()
            }
            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, Some(3))
            }
        }
        let many: Vec<_> = (0..100).map(ready).collect();
        let made = catch_unwind(|| all(Liar(many.into_iter()), usize::MAX));
        assert!(made.is_err());
    }

    #[test]
    fn all_are_dropped_if_one_panics_in_its_drop() {
        struct Dropped<'a>(&'a Cell<u32>, bool);
        impl Drop for Dropped<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
                assert!(!self.1, "this one panics");
            }
        }
        let count = Cell::new(0);
        let futures = [false, true, false].map(|panics| {
            let dropped = Dropped(&count, panics);
            poll_fn(move |_| {
                let _ = &dropped;
                Poll::<()>::Pending
            })
        });
        let mut spread = Box::pin(all(futures, usize::MAX));
        let polled = spread
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(spread)));
        assert!(dropped.is_err(), "the panic goes on");
        assert_eq!(count.get(), 3);
    }
}
