//! Any number of futures that are polled side by side: what spreads and `as_completed` share.

use super::pinned::PinnedSlice;
use crate::combine::{out_of_budget, to_the_end};
use crate::graph::{self, NodeSlot, Suspended, poll_branch};
use crate::scope::{Tag, in_branch};
use crate::slot::Slot;
use crate::wakers::{Pass, Tree};
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Futures, each with a place for its item, of which at most `limit` run at a time.
pub(crate) struct Fan<F, T> {
    slots: PinnedSlice<Slot<F, T>>,
    tree: Tree,
    limit: usize,
    /// How many have been started.
    started: usize,
    /// How many of those are not finished.
    running: usize,
    tag: Tag,
    node: NodeSlot,
}

/// Why a pass over the branches is broken off.
enum Stop<B> {
    /// The caller wants to.
    Wanted(B),
    /// Tokio's resources refuse to go on until the task has yielded: to poll further branches would
    /// be wasted on most of them.
    OutOfBudget,
}

impl<F, T> Fan<F, T> {
    #[track_caller]
    pub(crate) fn new(futures: impl IntoIterator<Item = F>, limit: usize) -> Self {
        let slots = PinnedSlice::new(futures.into_iter().map(Slot::new));
        let mut fan = Fan {
            tree: Tree::new(slots.len()),
            slots,
            limit: 1,
            started: 0,
            running: 0,
            tag: Tag::new(),
            node: NodeSlot::new(),
        };
        fan.set_limit(limit);
        fan
    }

    #[track_caller]
    pub(crate) fn set_limit(&mut self, limit: usize) {
        assert!(
            limit > 0,
            "`limit` must be at least 1: with 0, no branch ever runs"
        );
        self.limit = limit;
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many are not finished.
    pub(crate) fn left(&self) -> usize {
        self.slots.len() - self.started + self.running
    }

    /// The task waits for the branches: for introspection.
    pub(crate) fn wait(&mut self, name: &'static str) {
        if graph::is_on() {
            let total = Some(self.slots.len());
            self.node.wait(Suspended {
                name,
                total,
                ..Suspended::default()
            });
        }
    }

    /// The items of all branches. They must be finished, and not taken before.
    pub(crate) fn take_items(&mut self) -> Vec<T> {
        let slots = &mut self.slots;
        (0..slots.len()).map(|i| slots.get(i).take()).collect()
    }

    /// Drops what is left of the branches, each on its own account.
    pub(crate) fn clear(&mut self) {
        to_the_end(|| {
            for index in 0..self.slots.len() {
                let mut slot = self.slots.get(index);
                if !slot.as_mut().is_empty() {
                    in_branch(&mut self.tag, index, || slot.clear());
                }
            }
        });
    }

    /// Marks branches to be polled for the first time while there is room. Says if there was.
    fn start_branches(&mut self) -> bool {
        let room = (self.limit.saturating_sub(self.running)).min(self.slots.len() - self.started);
        for index in self.started..self.started + room {
            self.tree.mark(index);
        }
        self.started += room;
        self.running += room;
        room > 0
    }
}

impl<F: Future, T> Fan<F, T> {
    /// Polls the branches that are due with `poll`, and starts others while there is room, until none
    /// is due or `poll`, with the last poll of a branch, breaks off.
    ///
    /// After a break, some may be left that are due: if the caller does not come back by itself,
    /// they do not run.
    pub(crate) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(Pin<&mut Slot<F, T>>, &mut Context<'_>) -> Poll<ControlFlow<B>>,
    ) -> ControlFlow<B> {
        self.start_branches();
        let left_over = self.tree.has_marked();
        let mut pass = if left_over { Pass::Marked } else { Pass::Woken };
        loop {
            match self.run(cx.waker(), pass, &mut poll) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Stop::Wanted(value)) => return ControlFlow::Break(value),
                ControlFlow::Break(Stop::OutOfBudget) => {
                    // What is marked now is polled first the next time, so each gets its turn.
                    cx.waker().wake_by_ref();
                    return ControlFlow::Continue(());
                }
            }
            if !self.start_branches() {
                break;
            }
            pass = Pass::Marked;
        }
        if left_over && self.tree.has_woken() {
            cx.waker().wake_by_ref();
        }
        ControlFlow::Continue(())
    }

    /// Polls the branches of one pass.
    fn run<B>(
        &mut self,
        parent: &Waker,
        pass: Pass,
        poll: &mut impl FnMut(Pin<&mut Slot<F, T>>, &mut Context<'_>) -> Poll<ControlFlow<B>>,
    ) -> ControlFlow<Stop<B>> {
        let watched = graph::is_on();
        self.tree.poll(parent, pass, &mut |index, cx| {
            // A stale waker may have woken one that is not running.
            if index >= self.started {
                return ControlFlow::Continue(());
            }
            let mut slot = self.slots.get(index);
            if !slot.as_mut().is_running() {
                return ControlFlow::Continue(());
            }
            let node = &mut self.node;
            let polled = in_branch(&mut self.tag, index, || {
                poll_branch(watched, node, index, cx.waker(), |cx| poll(slot, cx))
            });
            match polled {
                Poll::Ready(flow) => {
                    self.running -= 1;
                    flow.map_break(Stop::Wanted)
                }
                Poll::Pending if out_of_budget() => ControlFlow::Break(Stop::OutOfBudget),
                Poll::Pending => ControlFlow::Continue(()),
            }
        })
    }
}
