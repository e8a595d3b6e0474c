//! The cleanup that was handed over to one scope: what waits for what, and what runs.

use super::Scope;
use super::frame::{self, Branch, Mode};
use super::guard::Mark;
use super::order::Order;
use super::report::{self, Loss};
use crate::wakes::Wakes;
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A cleanup future. One that is not `Send` is wrapped such that it never leaves its thread.
pub(super) type Cleanup = Pin<Box<dyn Future<Output = ()> + Send>>;
pub(super) type Payload = Box<dyn Any + Send>;

/// One cleanup.
pub(super) struct Item {
    /// When its guard was made, among all guards: inner frames' guards are born later.
    pub(super) born: u64,
    /// A scope of its own: it is not done before what it hands over is done.
    work: Option<Scope<Cleanup>>,
    pub(super) started: bool,
    pub(super) local: bool,
    /// Guards of the same scope that must end first, carried along when it moves to another scope.
    pub(super) waits: Vec<u64>,
    /// The branches of our combinators that it was dropped in, outermost first.
    pub(super) path: Vec<Branch>,
    /// Which drop it belongs to, and which hand-over; set when it is handed over.
    pub(super) episode: u64,
    pub(super) batch: u64,
    serial: u64,
    location: &'static Location<'static>,
}

impl Item {
    pub(super) fn new(mark: Mark, cleanup: Cleanup, local: bool) -> Self {
        Item::of_scope(mark, Scope::new(cleanup), local, false)
    }

    /// A cleanup that was begun in line.
    pub(super) fn begun(mark: Mark, work: Scope<Cleanup>, local: bool) -> Self {
        Item::of_scope(mark, work, local, true)
    }

    fn of_scope(mark: Mark, work: Scope<Cleanup>, local: bool, started: bool) -> Self {
        Item {
            born: mark.born,
            work: Some(work),
            started,
            local,
            waits: Vec::new(),
            path: Vec::new(),
            episode: 0,
            batch: 0,
            serial: 0,
            location: mark.location,
        }
    }

    /// Drops it and says so. What its drop hands over goes to the current scope.
    pub(super) fn lost(self, loss: Loss) {
        report::lost(self.location, self.started, loss);
        self.discard();
    }

    /// Drops it, on purpose.
    pub(super) fn discard(mut self) {
        let work = self.work.take();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(work))) {
            report::panic("a cleanup that was dropped", &*payload);
        }
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        // Only when whatever held it was itself dropped where nothing can be handed over any more.
        if self.work.is_some() {
            report::lost(self.location, self.started, Loss::NoRuntime);
        }
    }
}

/// An item that has its place in the order.
struct Node {
    item: Item,
    /// How many of those that it waits for have not ended.
    blocked: usize,
    /// Those that wait for it.
    waiters: Vec<u64>,
    waker: Option<Waker>,
}

#[derive(Default)]
pub(super) struct Pending {
    /// Handed over, not yet in order: combinators up the stack may still mark them.
    fresh: Vec<Item>,
    nodes: BTreeMap<u64, Node>,
    order: Order,
    batches: u64,
    serial: u64,
    wakes: Arc<Wakes>,
    /// The first panic of a cleanup.
    pub(super) panic: Option<Payload>,
    /// It takes no cleanup any more, and why.
    pub(super) closed: Option<Loss>,
}

impl Pending {
    pub(super) fn new(one_drop: bool) -> Self {
        let mut pending = Pending::default();
        pending.begin(one_drop);
        pending
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.nodes.is_empty()
    }

    /// Starts a new episode: `one_drop` if all that comes now is one drop of a body or branch.
    pub(super) fn begin(&mut self, one_drop: bool) {
        self.order.begin(one_drop);
    }

    pub(super) fn hand_over(&mut self, items: Vec<Item>) {
        let episode = self.order.next_episode();
        self.batches += 1;
        let batch = self.batches;
        for mut item in items {
            self.serial += 1;
            (item.episode, item.batch, item.serial) = (episode, batch, self.serial);
            self.fresh.push(item);
        }
    }

    /// Puts the newest `times` hand-overs into a branch.
    pub(super) fn mark_newest(&mut self, branch: Branch, times: u64) {
        let before = self.batches.saturating_sub(times);
        for item in self.fresh.iter_mut().filter(|item| item.batch > before) {
            item.path.insert(0, branch);
        }
    }

    /// Gives the fresh items their place, and returns those that wait for nothing.
    fn settle(&mut self) -> Vec<u64> {
        let mut ready = Vec::new();
        for item in std::mem::take(&mut self.fresh) {
            let nodes = &mut self.nodes;
            let mut waits = self.order.place(&item);
            waits.extend(item.waits.iter().filter(|born| nodes.contains_key(born)));
            waits.sort_unstable();
            waits.dedup();
            if item.started {
                // It may hold what the others need, and there is nothing left to come before it.
                waits.clear();
            }
            for born in &waits {
                if let Some(node) = nodes.get_mut(born) {
                    node.waiters.push(item.born);
                }
            }
            if waits.is_empty() {
                ready.push(item.born);
            }
            let (born, blocked) = (item.born, waits.len());
            let mut item = item;
            item.waits = waits;
            nodes.insert(
                born,
                Node {
                    item,
                    blocked,
                    waiters: Vec::new(),
                    waker: None,
                },
            );
        }
        ready
    }

    /// Removes an item that ended, and returns those that waited for it alone.
    fn ended(&mut self, born: u64, waiters: &[u64]) -> Vec<u64> {
        self.order.ended(born);
        let mut ready = Vec::new();
        for waiter in waiters {
            if let Some(node) = self.nodes.get_mut(waiter) {
                node.blocked -= 1;
                if node.blocked == 0 {
                    ready.push(*waiter);
                }
            }
        }
        ready
    }

    /// Everything, for another scope, in the order in which it was handed over.
    pub(super) fn take_items(&mut self) -> Vec<Item> {
        self.settle();
        self.order = Order::default();
        let mut items: Vec<Item> = std::mem::take(&mut self.nodes)
            .into_values()
            .map(|node| node.item)
            .collect();
        items.sort_by_key(|item| item.serial);
        items
    }

    /// Which items are running now, that is: wait for nothing.
    pub(super) fn running(&mut self) -> Vec<u64> {
        let fresh = self.settle();
        self.wakes.add(fresh);
        let nodes = self.nodes.iter();
        nodes
            .filter(|(_, node)| node.blocked == 0)
            .map(|(born, _)| *born)
            .collect()
    }

    /// Takes an item out, for good. Those that waited for it wait until `let_go`.
    pub(super) fn take_out(&mut self, born: u64) -> Option<(Item, Vec<u64>)> {
        let node = self.nodes.remove(&born)?;
        Some((node.item, node.waiters))
    }

    /// Lets `waiters` go on without `born`: as soon as what its drop has just handed over has ended.
    pub(super) fn let_go(&mut self, born: u64, waiters: &[u64]) {
        let handed: Vec<u64> = self.fresh.iter().map(|item| item.born).collect();
        let mut ready = self.settle();
        for inner in &handed {
            let Some(node) = self.nodes.get_mut(inner) else {
                continue;
            };
            let new = waiters
                .iter()
                .filter(|waiter| !node.waiters.contains(waiter));
            let new: Vec<u64> = new.copied().collect();
            node.waiters.extend(&new);
            for waiter in new {
                if let Some(waiter) = self.nodes.get_mut(&waiter) {
                    waiter.blocked += 1;
                    waiter.item.waits.push(*inner);
                }
            }
        }
        ready.extend(self.ended(born, waiters));
        self.wakes.add(ready);
    }
}

/// Polls what can go on: what was woken, what is new, and what that lets go on.
///
/// An item that wakes itself is not polled twice: its wake-up wakes the scope.
pub(super) fn drain(slot: &mut Option<Box<Pending>>, pinned: bool, cx: &mut Context<'_>) {
    let Some(pending) = slot else { return };
    let mut ready = VecDeque::from(pending.wakes.take(cx.waker()));
    ready.extend(pending.settle());
    while let Some(born) = ready.pop_front() {
        let Some(pending) = slot else { return };
        let Some(node) = pending.nodes.remove(&born) else {
            continue;
        };
        if node.blocked > 0 {
            pending.nodes.insert(born, node);
            continue;
        }
        let (node, end) = poll_node(slot, pinned, node);
        let Some(pending) = slot else { return };
        match end {
            Poll::Pending => {
                pending.nodes.insert(born, node);
            }
            Poll::Ready(result) => {
                ready.extend(pending.ended(born, &node.waiters));
                if let Err(payload) = result {
                    keep(&mut pending.panic, payload);
                }
            }
        }
        ready.extend(pending.settle());
    }
}

/// The first panic is resumed later; the others can only be reported.
pub(super) fn keep(first: &mut Option<Payload>, payload: Payload) {
    if first.is_none() {
        *first = Some(payload);
    } else {
        report::panic("a cleanup", &*payload);
    }
}

fn poll_node(
    slot: &mut Option<Box<Pending>>,
    pinned: bool,
    mut node: Node,
) -> (Node, Poll<Result<(), Payload>>) {
    let waker = match (&node.waker, slot.as_ref()) {
        (Some(waker), _) => waker.clone(),
        (None, Some(pending)) => {
            let waker = Wakes::waker(&pending.wakes, node.item.born);
            node.waker = Some(waker.clone());
            waker
        }
        (None, None) => return (node, Poll::Ready(Ok(()))),
    };
    if let Some(pending) = slot {
        pending.begin(false);
    }
    node.item.started = true;
    let end = frame::within(
        slot,
        Mode {
            pinned,
            one_drop: false,
        },
        || {
            let Some(work) = &mut node.item.work else {
                return Poll::Ready(Ok(()));
            };
            let mut cx = Context::from_waker(&waker);
            match catch_unwind(AssertUnwindSafe(|| Pin::new(work).poll(&mut cx))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(_)) => {
                    let work = node.item.work.take();
                    Poll::Ready(catch_unwind(AssertUnwindSafe(|| drop(work))))
                }
                Err(payload) => {
                    let work = node.item.work.take();
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(work)));
                    Poll::Ready(Err(payload))
                }
            }
        },
    );
    (node, end)
}
