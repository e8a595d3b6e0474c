//! Futures of one type that all run, with a bit for each.
//!
//! 64 of them have a [`Node`]; where there are more, 64 nodes have one above them, and so on up to a single
//! one. A branch wakes its node, which wakes the one above.
//!
//! # Why this is sound
//!
//! As for [`tuple`](super::tuple): the [`Place`] of branch `i` holds its future if its bit in `pending` is
//! set; its item if its bit in `finished` is; else nothing. A bit is set after the place is filled, and
//! cleared before it is emptied; so what panics in between leaves a value out, but never uses one twice.
//! While all branches of a node are polled, one after the other, an [`At`](visit) knows better, and notes it at the end.

mod node;
mod one;
#[cfg(all(test, not(loom)))]
mod tests;
mod visit;

use super::pinned::PinnedSlice;
use crate::combine::to_the_end;
use crate::place::Place;
use crate::scope::{Branches, Tag};
use node::{Node, WIDTH, all, nodes_of_many};
use std::future::Future;
use std::mem;
use std::task::{Context, Poll};
use visit::Visit;

/// Futures, each with a place for its item.
#[derive(Debug)]
pub(super) struct Flat<F, T> {
    places: PinnedSlice<Place<F, T>>,
    root: Node,
    /// The nodes below the root, level by level; the last are those of the branches. None if the root is one
    /// of those.
    below: Box<[Node]>,
    tag: Tag,
}

impl<F, T> Flat<F, T> {
    pub(super) fn new(futures: impl Iterator<Item = F>) -> Self {
        let places = PinnedSlice::new(futures.map(Place::new));
        let count = places.len();
        let (in_root, below) = match count {
            0..=WIDTH => (count, Box::default()),
            _ => nodes_of_many(count),
        };
        Flat {
            places,
            root: Node::new(in_root),
            below,
            tag: Tag::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The nodes of the branches.
    fn nodes(&mut self) -> &mut [Node] {
        let count = self.len().div_ceil(WIDTH);
        match self.below.len() {
            0 => std::slice::from_mut(&mut self.root),
            nodes => &mut self.below[nodes - count..],
        }
    }

    /// How many are not finished.
    pub(super) fn left(&self) -> usize {
        let nodes = match self.below.len() {
            0 => std::slice::from_ref(&self.root),
            nodes => &self.below[nodes - self.len().div_ceil(WIDTH)..],
        };
        let left = nodes.iter().map(|node| node.pending.count_ones() as usize);
        left.sum()
    }

    /// All branches of this one of the nodes of branches are finished. `Ready` if those of the others are as well.
    #[cold]
    fn end_node(&mut self, node: usize) -> Poll<()> {
        if let Some(node_below) = self.below.get_mut(node) {
            node_below.lease.end();
            self.root.pending &= !(1 << node);
        }
        if self.root.pending != 0 {
            return Poll::Pending;
        }
        self.root.lease.end();
        Poll::Ready(())
    }

    /// The items of all branches. They must be finished, and not taken before.
    pub(super) fn take_items(&mut self) -> Vec<T> {
        let count = self.len();
        for (node, base) in self.nodes().iter_mut().zip((0..).step_by(WIDTH)) {
            let finished = mem::take(&mut node.finished);
            assert_eq!(finished, all(count - base), "each has its item");
        }
        // SAFETY: all futures are finished, and so dropped. Items are not pinned.
        let places = unsafe { self.places.take() };
        // SAFETY: `finished` said that the items are there, and no longer does.
        let items = places.into_iter().map(|place| unsafe { place.into_item() });
        if size_of::<Place<F, T>>() <= 2 * size_of::<T>() {
            // They stay in the memory that the futures were in.
            return items.collect();
        }
        let mut all = Vec::with_capacity(count);
        all.extend(items);
        all
    }

    /// Drops what is left of the branches, each on its own account.
    pub(super) fn clear(&mut self) {
        self.root.lease.end();
        self.below.iter_mut().for_each(|node| node.lease.end());
        to_the_end(|| {
            let count = self.len();
            let nodes = match self.below.len() {
                0 => std::slice::from_mut(&mut self.root),
                nodes => &mut self.below[nodes - count.div_ceil(WIDTH)..],
            };
            let mut places = self.places.all();
            let mut branches = Branches::of(&mut self.tag);
            for (node, base) in nodes.iter_mut().zip((0..).step_by(WIDTH)) {
                node.clear(&mut places, base, &mut branches);
            }
        });
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
        let total = self.len();
        let mut visit = Visit {
            places: self.places.all(),
            branches: Branches::of(&mut self.tag),
            split,
        };
        let polled = match &mut self.below[..] {
            [] => visit.branches(&mut self.root, 0, cx.waker()),
            below => visit.nodes(&mut self.root, 0, below, total, cx.waker()),
        };
        if polled.is_pending() {
            let pending = (total <= WIDTH).then_some(self.root.pending);
            visit.branches.wait("spread", total, pending);
        }
        polled
    }
}
