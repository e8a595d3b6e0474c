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
//! While all branches of a node are polled, one after the other, an [`At`] knows better, and notes it at the end.

mod one;

use super::pinned::{self, PinnedSlice};
use crate::combine::{next_turn, out_of_budget, to_the_end, turns};
use crate::graph::Suspended;
use crate::place::Place;
use crate::scope::{Branches, Tag};
use crate::wakers::{First, Lazy, Lease, Row};
use std::future::Future;
use std::mem;
use std::task::{Context, Poll, Waker};

/// How many branches, or nodes, a node has below it at most.
const WIDTH: usize = 64;

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

/// Up to 64 branches, or up to 64 nodes.
#[derive(Debug)]
struct Node {
    lease: Lease,
    /// Those that are not finished.
    pending: u64,
    /// Of branches, those whose item is there.
    finished: u64,
    /// Whose turn is first.
    start: u8,
}

impl Node {
    /// With so many below it, or the most that there can be.
    fn new(count: usize) -> Self {
        Node {
            lease: Lease::ALL_WOKEN,
            pending: all(count),
            finished: 0,
            start: 0,
        }
    }

    /// Of those that have been woken, those to poll first, and those to poll afterwards.
    #[inline]
    fn turns(&self, woken: u64) -> (u64, u64) {
        match self.start {
            0 => (woken & self.pending, 0),
            start => turns(woken & self.pending, start.into()),
        }
    }

    /// At the end of a poll with a line: `Ready` if all are finished, else those of `later` have their turn in
    /// the next poll.
    #[inline(always)]
    fn end_poll(&mut self, later: u64, waker: &Waker) -> Poll<()> {
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
    fn clear<F, T>(
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
fn end_first(first: First<'_>, node: &mut Node, later: u64, waker: &Waker) -> Poll<()> {
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
fn all(count: usize) -> u64 {
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

impl<F, T> Flat<F, T> {
    pub(super) fn new(futures: impl Iterator<Item = F>) -> Self {
        let places = PinnedSlice::new(futures.map(Place::new));
        let mut flat = Flat {
            root: Node::new(places.len()),
            below: Box::default(),
            places,
            tag: Tag::new(),
        };
        if flat.len() > WIDTH {
            flat.add_nodes();
        }
        flat
    }

    #[inline(never)]
    fn add_nodes(&mut self) {
        let count = self.len();
        let height = levels(count).count() as u32 - 1;
        self.root = Node::new(nodes(count, height));
        let total = levels(count).sum::<usize>() - 1;
        let mut below = Vec::with_capacity(total);
        for height in (1..=height).rev() {
            let next = nodes(count, height - 1);
            below.extend((0..nodes(count, height)).map(|node| Node::new(next - node * WIDTH)));
        }
        self.below = below.into_boxed_slice();
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

/// What a poll is at that goes through all branches of a node in their order, as all are pending and due.
/// When this is dropped, also on unwind, it notes how far it came.
struct At<'a, 'b> {
    /// Of those before `index`, the ones that are pending.
    left: u64,
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
        **pending &= self.left | !all(self.index + usize::from(self.hole));
        **finished |= all(self.index) & !self.left;
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
            visit.branches.wait(|| Suspended {
                name: "spread",
                total: Some(total),
                pending: (total <= WIDTH).then_some(self.root.pending),
                ..Suspended::default()
            });
        }
        polled
    }
}

/// One poll.
struct Visit<'a, F, T, S> {
    places: pinned::All<'a, Place<F, T>>,
    branches: Branches<'a, Tag>,
    split: S,
}

impl<F: Future, T, E, S: Fn(F::Output) -> Result<T, E>> Visit<'_, F, T, S> {
    /// Polls the branches from `base` on that are due; they are those of `node`, which wakes `waker`.
    // Both levels and the poll of the spread are one function, or it would be prepared twice.
    #[inline(always)]
    fn branches(&mut self, node: &mut Node, base: usize, waker: &Waker) -> Poll<Result<(), E>> {
        if !node.lease.has_line() {
            return self.branches_without_line(node, base, waker);
        }
        let (woken, row) = node.lease.take(waker);
        let (due, later) = node.turns(woken);
        self.some((&mut node.pending, &mut node.finished), base, due, row)?;
        node.start = next_turn(due, due).unwrap_or(0);
        node.end_poll(later, waker).map(Ok)
    }

    /// As [`branches`](Self::branches), where nobody keeps the waker of a branch: in the first poll, and as
    /// long as they wake themselves.
    #[inline(never)]
    fn branches_without_line(
        &mut self,
        node: &mut Node,
        base: usize,
        waker: &Waker,
    ) -> Poll<Result<(), E>> {
        let lazy = Lazy::new(waker);
        let (due, later) = node.turns(node.lease.woken());
        let first = First::begin(&lazy);
        let bits = (&mut node.pending, &mut node.finished);
        if due == all(self.places.len() - base) {
            self.each(bits, base, first.row())?;
        } else {
            self.some(bits, base, due, first.row())?;
        }
        node.start = next_turn(due, due).unwrap_or(0);
        end_first(first, node, later, waker).map(Ok)
    }

    /// Polls the branches from `base` on, or as many as there are bits. All must be pending.
    #[inline(always)]
    fn each(&mut self, kept: (&mut u64, &mut u64), base: usize, row: Row<'_>) -> Result<(), E> {
        let mut at = At {
            left: 0,
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
            match future.poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => at.left |= 1 << at.index,
                Poll::Ready(output) => {
                    at.hole = true;
                    // SAFETY: it is there, and `at` says that it no longer is.
                    unsafe { place.as_mut().drop_future() }
                    // SAFETY: nothing is there any more.
                    unsafe { place.put((self.split)(output)?) }
                    at.hole = false;
                }
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
    fn nodes(
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

/// How many nodes the first of the levels has that `nodes` are, the last of which is for so many branches.
#[inline]
fn width_of_first(nodes: usize, branches: usize) -> usize {
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
        for count in [0, 1, 63, 64, 65, 4096, 4097, 300_000] {
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
        let made = catch_unwind(|| all(Liar(many.into_iter()), 5));
        assert!(made.is_err());
    }

    #[test]
    fn each_is_dropped_once_if_one_panics_in_the_first_poll() {
        struct Dropped<'a>(&'a Cell<u32>);
        impl Drop for Dropped<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        for count in [3, 64, 70] {
            for at in 0..count {
                let dropped = Cell::new(0);
                let futures = (0..count).map(|index| {
                    let mut item = Some(Dropped(&dropped));
                    poll_fn(move |_| {
                        assert!(index != at, "this one panics");
                        match index % 2 {
                            0 => Poll::Ready(item.take().expect("it is polled once")),
                            _ => Poll::Pending,
                        }
                    })
                });
                let spread = all(futures, usize::MAX);
                let polled = catch_unwind(AssertUnwindSafe(|| poll_once(spread)));
                assert!(polled.is_err(), "the panic goes on");
                assert_eq!(dropped.get(), count);
            }
        }
    }

    #[test]
    fn items_are_in_order_whatever_their_size() {
        let small = poll_once(all((0..100_u8).map(|n| async move { n }), usize::MAX));
        assert_eq!(small, Poll::Ready((0..100).collect()));
        let large = poll_once(all((0..100_u8).map(|n| ready([n; 64])), usize::MAX));
        assert_eq!(large, Poll::Ready((0..100).map(|n| [n; 64]).collect()));
        let text = |n: u8| async move { n.to_string() };
        let texts = poll_once(all((0..100).map(text), usize::MAX));
        assert_eq!(
            texts,
            Poll::Ready((0..100_u8).map(|n| n.to_string()).collect())
        );
        let none = poll_once(all((0..100).map(|_| ready(())), usize::MAX));
        assert_eq!(none, Poll::Ready(vec![(); 100]));
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
