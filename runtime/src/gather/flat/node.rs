//! The bits of the branches.

use crate::combine::{next_turn, turns};
use crate::gather::pinned;
use crate::place::Place;
use crate::scope::{Branches, Tag};
use crate::wakers::{First, Lease};
use std::task::{Poll, Waker};

/// How many branches, or nodes, a node has below it at most.
pub(super) const WIDTH: usize = 64;

/// Up to 64 branches, or up to 64 nodes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) lease: Lease,
    /// Those that are not finished.
    pub(super) pending: u64,
    /// Of branches, those whose item is there.
    pub(super) finished: u64,
    /// Whose turn is first.
    pub(super) start: u8,
}

impl Node {
    /// With so many below it, or the most that there can be.
    pub(super) fn new(count: usize) -> Self {
        Node {
            lease: Lease::ALL_WOKEN,
            pending: all(count),
            finished: 0,
            start: 0,
        }
    }

    /// Of those that have been woken, those to poll first, and those to poll afterwards.
    #[inline]
    pub(super) fn turns(&self, woken: u64) -> (u64, u64) {
        match self.start {
            0 => (woken & self.pending, 0),
            start => turns(woken & self.pending, start.into()),
        }
    }

    /// After a poll of the branches of `due`: says whose turn is first in the next one, if there is one.
    #[inline(always)]
    pub(super) fn end_turns(&mut self, due: u64) {
        if self.pending != 0 {
            self.start = next_turn(due, due).unwrap_or(0);
        }
    }

    /// At the end of a poll with a line: `Ready` if all are finished, else those of `later` have their turn in
    /// the next poll.
    #[inline(always)]
    pub(super) fn end_poll(&mut self, later: u64, waker: &Waker) -> Poll<()> {
        if self.pending == 0 {
            self.lease.end();
            return Poll::Ready(());
        }
        if later != 0 {
            self.lease.add(later);
            waker.wake_by_ref();
        }
        Poll::Pending
    }

    /// Drops what is left of the branches from `base` on, until one panics.
    pub(super) fn clear<F, T>(
        &mut self,
        places: &mut pinned::All<'_, Place<F, T>>,
        base: usize,
        branches: &mut Branches<'_, Tag>,
    ) {
        while self.pending | self.finished != 0 {
            let index = (self.pending | self.finished).trailing_zeros();
            let bit = 1 << index;
            let index = base + index as usize;
            let place = places.get(index);
            branches.enter(index);
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

/// As [`Node::end_poll`], without a line.
#[inline(always)]
pub(super) fn end_first(first: First<'_>, node: &mut Node, later: u64, waker: &Waker) -> Poll<()> {
    if node.pending == 0 {
        return Poll::Ready(());
    }
    first.keep(&mut node.lease, later);
    if later != 0 {
        waker.wake_by_ref();
    }
    Poll::Pending
}

/// A bit for each of so many, or of the most that there can be.
pub(super) fn all(count: usize) -> u64 {
    match count {
        WIDTH.. => u64::MAX,
        _ => (1 << count) - 1,
    }
}

/// How many nodes there are at a height above so many branches. At height 0 are the branches themselves.
fn nodes(branches: usize, height: u32) -> usize {
    branches.div_ceil(WIDTH.pow(height)).max(1)
}

/// How many nodes each of the levels has that are needed for so many branches, from the lowest up to the root.
fn levels(branches: usize) -> impl Iterator<Item = usize> {
    let first = nodes(branches, 1);
    std::iter::successors(Some(first), |nodes| {
        (*nodes > 1).then(|| nodes.div_ceil(WIDTH))
    })
}

/// How many nodes are right below the root, and all that are below it, of more branches than one node can have.
#[inline(never)]
pub(super) fn nodes_of_many(branches: usize) -> (usize, Box<[Node]>) {
    let height = levels(branches).count() as u32 - 1;
    let total = levels(branches).sum::<usize>() - 1;
    let mut below = Vec::with_capacity(total);
    for height in (1..=height).rev() {
        let next = nodes(branches, height - 1);
        below.extend((0..nodes(branches, height)).map(|node| Node::new(next - node * WIDTH)));
    }
    (nodes(branches, height), below.into_boxed_slice())
}

/// How many nodes the first of the levels has that `nodes` are, the last of which is for so many branches.
#[inline]
pub(super) fn width_of_first(nodes: usize, branches: usize) -> usize {
    let last = branches.div_ceil(WIDTH);
    if nodes == last {
        return last;
    }
    levels(branches)
        .scan(0, |sum, level| {
            *sum += level;
            Some((*sum, level))
        })
        .find_map(|(sum, level)| (sum == nodes).then_some(level))
        .unwrap_or(nodes)
}
