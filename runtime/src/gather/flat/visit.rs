//! One poll: of those branches that are due, and of the nodes above them.

use super::node::{Node, WIDTH, all, end_first, width_of_first};
use crate::combine::out_of_budget;
use crate::gather::pinned;
use crate::place::Place;
use crate::scope::{Branches, Tag};
use crate::wakers::{First, Lazy, Row};
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// One poll.
pub(super) struct Visit<'a, F, T, S> {
    pub(super) places: pinned::All<'a, Place<F, T>>,
    pub(super) branches: Branches<'a, Tag>,
    pub(super) split: S,
}

impl<F: Future, T, E, S: Fn(F::Output) -> Result<T, E>> Visit<'_, F, T, S> {
    /// Polls the branches from `base` on that are due; they are those of `node`, which wakes `waker`.
    // Both levels and the poll of the spread are one function, or it would be prepared twice.
    #[inline(always)]
    pub(super) fn branches(
        &mut self,
        node: &mut Node,
        base: usize,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        if !node.lease.has_line() {
            let (due, later) = node.turns(node.lease.woken());
            return match due == all(self.places.len() - base) {
                true => self.all_without_line(node, base, due, waker),
                false => self.some_without_line(node, base, (due, later), waker),
            };
        }
        let (woken, row) = node.lease.take(waker);
        let (due, later) = node.turns(woken);
        self.some((&mut node.pending, &mut node.finished), base, due, row)?;
        node.end_turns(due);
        node.end_poll(later, waker).map(Ok)
    }

    /// As [`branches`](Self::branches), where nobody keeps the waker of a branch, and all are due: in the first poll, and as
    /// long as they wake themselves.
    #[inline(never)]
    fn all_without_line(
        &mut self,
        node: &mut Node,
        base: usize,
        due: u64,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        let lazy = Lazy::new(waker);
        let first = First::begin(&lazy);
        self.each((&mut node.pending, &mut node.finished), base, first.row())?;
        node.end_turns(due);
        end_first(first, node, 0, waker).map(Ok)
    }

    /// The same, where some are due.
    #[inline(never)]
    fn some_without_line(
        &mut self,
        node: &mut Node,
        base: usize,
        (due, later): (u64, u64),
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        let lazy = Lazy::new(waker);
        let first = First::begin(&lazy);
        let bits = (&mut node.pending, &mut node.finished);
        self.some(bits, base, due, first.row())?;
        node.end_turns(due);
        end_first(first, node, later, waker).map(Ok)
    }

    /// Polls the branches from `base` on, or as many as there are bits. All must be pending.
    #[inline(always)]
    fn each(&mut self, kept: (&mut u64, &mut u64), base: usize, row: Row<'_>) -> Result<(), E> {
        let mut at = At {
            done: 0,
            index: 0,
            hole: false,
            kept,
            branches: &mut self.branches,
            base,
        };
        for mut place in self.places.part(base, WIDTH) {
            at.branches.enter_in_turn(base, at.index);
            // SAFETY: it is pending, so the future is there.
            let future = unsafe { place.as_mut().future() };
            let waker = row.waker(at.index as u32);
            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) {
                at.hole = true;
                // SAFETY: it is there, and `at` says that it no longer is.
                unsafe { place.as_mut().drop_future() }
                // SAFETY: nothing is there any more.
                unsafe { place.put((self.split)(output)?) }
                at.hole = false;
                at.done |= 1 << at.index;
            }
            at.index += 1;
        }
        let behind = base + at.index;
        drop(at);
        self.branches.are_at(behind.wrapping_sub(1));
        Ok(())
    }

    /// Polls the branches of `due`, from `base` on.
    #[inline(always)]
    fn some(
        &mut self,
        (pending, finished): (&mut u64, &mut u64),
        base: usize,
        mut due: u64,
        row: Row<'_>,
    ) -> Result<(), E> {
        while due != 0 {
            let index = due.trailing_zeros();
            due &= due - 1;
            self.branches.enter(base + index as usize);
            let mut place = self.places.get(base + index as usize);
            // SAFETY: `pending` says that the future is there.
            let future = unsafe { place.as_mut().future() };
            let waker = row.waker(index);
            let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) else {
                continue;
            };
            *pending &= !(1 << index);
            // SAFETY: it is there, and `pending` no longer says so.
            unsafe { place.as_mut().drop_future() }
            // SAFETY: nothing is there any more.
            unsafe { place.put((self.split)(output)?) }
            *finished |= 1 << index;
        }
        Ok(())
    }

    /// Polls the nodes that are due of those below `node`, the one at `place` in its level. It wakes `waker`.
    ///
    /// `below` has the levels from the next one on, which are for `total` branches.
    #[inline(always)]
    pub(super) fn nodes(
        &mut self,
        node: &mut Node,
        place: usize,
        below: &mut [Node],
        total: usize,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        if !node.lease.has_line() {
            return self.nodes_without_line(node, place, below, total, waker);
        }
        let (woken, row) = node.lease.take(waker);
        let (due, mut later) = node.turns(woken);
        let bits = (&mut node.pending, &mut node.start);
        later |= self.children(bits, place, below, total, due, row)?;
        node.end_poll(later, waker).map(Ok)
    }

    /// As [`nodes`](Self::nodes), below the highest.
    #[inline(never)]
    fn deeper_nodes(
        &mut self,
        node: &mut Node,
        place: usize,
        below: &mut [Node],
        total: usize,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        self.nodes(node, place, below, total, waker)
    }

    /// As [`nodes`](Self::nodes), where nobody keeps the waker of a branch.
    #[inline(never)]
    fn nodes_without_line(
        &mut self,
        node: &mut Node,
        place: usize,
        below: &mut [Node],
        total: usize,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        let lazy = Lazy::new(waker);
        let (due, mut later) = node.turns(node.lease.woken());
        let first = First::begin(&lazy);
        let bits = (&mut node.pending, &mut node.start);
        later |= self.children(bits, place, below, total, due, first.row())?;
        end_first(first, node, later, waker).map(Ok)
    }

    /// Polls the nodes of `due`. Gives those that are left for the next poll.
    #[inline(always)]
    fn children(
        &mut self,
        (pending, start): (&mut u64, &mut u8),
        place: usize,
        below: &mut [Node],
        total: usize,
        mut due: u64,
        row: Row<'_>,
    ) -> Result<u64, E> {
        let (level, deeper) = below.split_at_mut(width_of_first(below.len(), total));
        *start = 0;
        while due != 0 {
            let index = due.trailing_zeros();
            due &= due - 1;
            let below = place * WIDTH + index as usize;
            let (child, waker) = (&mut level[below], row.waker(index));
            let polled = match deeper.is_empty() {
                true => self.branches(child, below * WIDTH, &waker),
                false => self.deeper_nodes(child, below, deeper, total, &waker),
            };
            if polled?.is_ready() {
                *pending &= !(1 << index);
            }
            // To poll more would be wasted on most of them: they have the first turn in the next poll.
            if due != 0 && out_of_budget() {
                *start = (index as u8 + 1) % WIDTH as u8;
                return Ok(due);
            }
        }
        Ok(0)
    }
}

/// What a poll is at that goes through all branches of a node in their order, as all are pending and due.
/// When this is dropped, also on unwind, it notes how far it came.
struct At<'a, 'b> {
    /// Of those before `index`, the ones that are finished.
    done: u64,
    index: usize,
    /// There is nothing at the place of this branch.
    hole: bool,
    kept: (&'a mut u64, &'a mut u64),
    branches: &'a mut Branches<'b, Tag>,
    /// The number of the first branch of the node.
    base: usize,
}

impl Drop for At<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        self.branches.are_at(self.base + self.index);
        let (pending, finished) = &mut self.kept;
        let hole = match self.hole {
            true => 1 << self.index,
            false => 0,
        };
        **pending &= !(self.done | hole);
        **finished |= self.done;
    }
}
