//! What stands for a combinator: its branches, what they wait for, and how they are called.

use super::record::{Collected, Entry, Waits, lock, wait};
use crate::Origin;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::time::Instant;

/// Where in the program a macro stands, and what its branches are called there. The macros make one.
#[derive(Debug)]
#[doc(hidden)]
pub struct Site {
    /// The file.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
    /// The branches as written.
    pub branches: &'static [&'static str],
}

impl Site {
    /// A part of a macro, whose branches are named by the whole.
    pub const GROUP: &Site = &Site {
        file: "",
        line: 0,
        branches: &[],
    };
}

/// Several futures that are waited for side by side.
#[derive(Debug)]
pub(crate) struct Node {
    /// The name of the function or macro.
    pub(super) name: &'static str,
    pub(super) site: OnceLock<&'static Site>,
    pub(super) place: Option<Place>,
    state: Mutex<State>,
}

/// A location, which is shown with what is there.
pub(super) type Place = &'static std::panic::Location<'static>;

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The branches that wait, by their positions.
    pub(super) branches: BTreeMap<usize, Waits>,
    /// What is known of children of a task group.
    pub(super) children: BTreeMap<usize, Origin>,
    /// How many there are, where that is known: some may be done, or not started.
    pub(super) total: Option<usize>,
    /// When this ends without them.
    pub(super) deadline: Option<Instant>,
    /// The address of a task group, of which these are body and children.
    pub(super) group: Option<usize>,
}

impl Node {
    fn new(name: &'static str, place: Option<Place>) -> Arc<Self> {
        Arc::new(Node {
            name,
            site: OnceLock::new(),
            place,
            state: Mutex::default(),
        })
    }

    pub(super) fn state(&self) -> State {
        lock(&self.state).clone()
    }

    pub(super) fn total(&self) -> Option<usize> {
        lock(&self.state).total
    }
}

/// What a combinator keeps to be a [`Node`] once introspection is on.
#[derive(Debug, Default)]
pub(crate) struct NodeSlot(Option<Arc<Node>>);

impl NodeSlot {
    pub(crate) const fn new() -> Self {
        NodeSlot(None)
    }

    fn node(&mut self) -> &Arc<Node> {
        self.0.get_or_insert_with(|| Node::new("", None))
    }

    /// What stands for the combinator, once it has a branch that was polled.
    pub(crate) fn known(&self) -> Option<Arc<Node>> {
        self.0.clone()
    }

    /// Branch `index` was polled, and waits for these.
    pub(crate) fn put(&mut self, index: usize, collected: Collected) {
        let waits = collected.into_waits();
        let old = lock(&self.node().state).branches.insert(index, waits);
        drop(old);
    }

    /// Branch `index` is done.
    pub(crate) fn remove(&mut self, index: usize) {
        if let Some(node) = &self.0 {
            let mut state = lock(&node.state);
            let old = (state.branches.remove(&index), state.children.remove(&index));
            drop(state);
            drop(old);
        }
    }

    /// Branch `index`, which waits, is this child of a task group.
    pub(crate) fn is_child(&mut self, index: usize, child: Origin) {
        let old = lock(&self.node().state).children.insert(index, child);
        drop(old);
    }

    /// The combinator waits for its branches.
    pub(crate) fn wait(&mut self, suspended: Suspended) {
        let mut node = Arc::clone(self.node());
        if node.name != suspended.name {
            // Only now known: the branches are moved to a node with a name.
            let named = Node::new(suspended.name, suspended.place);
            *lock(&named.state) = mem::take(&mut *lock(&node.state));
            node = Arc::clone(&named);
            self.0 = Some(named);
        }
        if let Some(site) = suspended.site {
            let _ = node.site.set(site);
        }
        let mut state = lock(&node.state);
        state.total = suspended.total.or(state.total);
        state.deadline = suspended.deadline;
        state.group = suspended.group;
        if let Some(pending) = suspended.pending {
            state
                .branches
                .retain(|index, _| *index < 64 && pending & (1 << index) != 0);
        }
        drop(state);
        wait(Entry::Branches(node));
    }
}

/// What a combinator says of itself when it waits.
#[derive(Debug, Default)]
pub(crate) struct Suspended {
    pub(crate) name: &'static str,
    pub(crate) place: Option<Place>,
    pub(crate) site: Option<&'static Site>,
    pub(crate) total: Option<usize>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) group: Option<usize>,
    /// A bit for each branch that is not done.
    pub(crate) pending: Option<u64>,
}
