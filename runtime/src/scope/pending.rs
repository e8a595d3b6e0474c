//! The cleanup that was handed over to one scope: what waits for what, and what runs.

use super::Scope;
use super::frame::{Around, within};
use super::guard::Mark;
use super::hand_over::Branch;
use super::order::{FIRST_EPISODE, Order};
use super::report::{self, Loss};
use super::state::State;
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
    /// It is polled before the body the next time.
    pub(super) goes_first: bool,
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

    /// The branches that the fresh items were dropped in.
    pub(super) fn fresh_branches(&self) -> Vec<Branch> {
        let branches = self.fresh.iter().filter_map(|item| item.path.first());
        let mut branches: Vec<Branch> = branches.copied().collect();
        branches.sort_unstable();
        branches.dedup();
        branches
    }

    /// Takes what a branch handed over, for the scope of its combinator. Nothing that is left can have
    /// to wait for it: what encloses it lives on.
    pub(super) fn take_branch(&mut self, branch: Branch) -> Vec<Item> {
        let depth = |item: &Item| item.path.iter().position(|b| *b == branch);
        let settled: Vec<u64> = self
            .nodes
            .iter()
            .filter(|(_, node)| depth(&node.item).is_some())
            .map(|(born, _)| *born)
            .collect();
        let mut items = Vec::new();
        for born in settled {
            if let Some(node) = self.nodes.remove(&born) {
                let ready = self.ended(born, &node.waiters);
                self.wakes.add(ready);
                items.push(node.item);
            }
        }
        items.extend(self.fresh.extract_if(.., |item| depth(item).is_some()));
        items.sort_by_key(|item| item.serial);
        for item in &mut items {
            let outside = depth(item).unwrap_or_default();
            item.path.drain(..outside);
        }
        items
    }

    /// Adds items of another scope that were handed over before all others, in their order.
    pub(super) fn put_first(&mut self, items: Vec<Item>) {
        let count = items.len() as u64;
        let others = self.nodes.values_mut().map(|node| &mut node.item);
        others
            .chain(&mut self.fresh)
            .for_each(|item| item.serial += count);
        self.serial += count;
        let first = (1..).zip(items).map(|(serial, mut item)| {
            item.episode = item.episode.saturating_sub(FIRST_EPISODE);
            (item.batch, item.serial) = (0, serial);
            item
        });
        self.fresh.splice(0..0, first);
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

    /// Takes an item out, for good. Those that waited for it wait until `replace`.
    pub(super) fn take_out(&mut self, born: u64) -> Option<(Item, TakenOut)> {
        let node = self.nodes.remove(&born)?;
        let taken_out = TakenOut {
            born,
            serial: node.item.serial,
            waiters: node.waiters,
        };
        Some((node.item, taken_out))
    }

    /// What the drop of an item has just handed over takes its place: those that waited for it wait
    /// for that.
    pub(super) fn replace(&mut self, taken_out: TakenOut) {
        let TakenOut {
            born,
            serial,
            waiters,
        } = taken_out;
        self.move_behind(serial);
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
        ready.extend(self.ended(born, &waiters));
        self.wakes.add(ready);
    }

    /// Moves the fresh items to the place behind `serial`.
    fn move_behind(&mut self, serial: u64) {
        let count = self.fresh.len() as u64;
        for node in self.nodes.values_mut() {
            if node.item.serial > serial {
                node.item.serial += count;
            }
        }
        self.serial += count;
        for (serial, item) in (serial + 1..).zip(&mut self.fresh) {
            item.serial = serial;
        }
    }
}

/// What is known of an item that was taken out.
pub(super) struct TakenOut {
    born: u64,
    serial: u64,
    waiters: Vec<u64>,
}

/// Polls what can go on: what was woken, what is new, and what that lets go on.
///
/// An item that wakes itself is not polled twice: its wake-up wakes the scope.
pub(super) fn drain(state: &mut State, cx: &mut Context<'_>) {
    let Some(pending) = state.get_mut() else {
        return;
    };
    let mut woken = Vec::new();
    pending.wakes.take(cx.waker(), &mut woken);
    let mut ready = VecDeque::from(woken);
    ready.extend(pending.settle());
    while let Some(born) = ready.pop_front() {
        let Some(pending) = state.get_mut() else {
            return;
        };
        let Some(node) = pending.nodes.remove(&born) else {
            continue;
        };
        if node.blocked > 0 {
            pending.nodes.insert(born, node);
            continue;
        }
        let (node, end) = poll_node(state, node);
        let Some(pending) = state.get_mut() else {
            return;
        };
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
pub(crate) fn keep(first: &mut Option<Payload>, payload: Payload) {
    if first.is_none() {
        *first = Some(payload);
    } else {
        report::panic("a cleanup", &*payload);
    }
}

fn poll_node(state: &mut State, mut node: Node) -> (Node, Poll<Result<(), Payload>>) {
    let waker = match (&node.waker, state.get_mut()) {
        (Some(waker), _) => waker.clone(),
        (None, Some(pending)) => {
            let waker = Wakes::waker(&pending.wakes, node.item.born);
            node.waker = Some(waker.clone());
            waker
        }
        (None, None) => return (node, Poll::Ready(Ok(()))),
    };
    if let Some(pending) = state.get_mut() {
        pending.begin(false);
    }
    node.item.started = true;
    node.item.waits.clear();
    let end = within(state, Around::Any, |_| {
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
    });
    (node, end)
}
