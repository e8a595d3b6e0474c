//! Which cleanup waits for which: inner before outer, branches side by side.
//!
//! A guard's `born` says when it was made. Within one task, a guard that is made later stands in the
//! same frame further down, in an inner frame, or in a frame that runs concurrently. Drops tell these
//! apart: one drop of a body (an *episode*) drops inner frames before outer ones and one concurrent
//! branch after the other.
//!
//! 1. Between episodes, a guard waits for every pending one that was born later: it may enclose it.
//! 2. Within an episode a stack is kept: a new guard waits for those on top that were born later, and
//!    takes their place. So a frame's guards wait for those of the frames inside it, and two branches of
//!    a foreign `join!` do not wait for each other unless they were born interleaved.
//! 3. Both hold only for what was dropped in the same branch of our combinators, or further inside it.

use super::hand_over::Branch;
use super::pending::Item;
use std::collections::BTreeMap;

/// The number of the first episode. Below are those of another scope that came before.
pub(super) const FIRST_EPISODE: u64 = 1 << 32;

pub(super) struct Order {
    /// What has not ended, by `born`.
    pending: BTreeMap<u64, Entry>,
    /// Rule 2's stack, of the episode that is under way.
    stack: Vec<u64>,
    episode: u64,
    /// All that comes now is one drop.
    one_drop: bool,
}

impl Default for Order {
    fn default() -> Self {
        Order {
            pending: BTreeMap::new(),
            stack: Vec::new(),
            episode: FIRST_EPISODE,
            one_drop: false,
        }
    }
}

struct Entry {
    episode: u64,
    path: Vec<Branch>,
    /// It waited for what was born later and pending when it came.
    waited: bool,
}

impl Order {
    pub(super) fn begin(&mut self, one_drop: bool) {
        self.episode += 1;
        self.one_drop = one_drop;
    }

    /// The episode of what is handed over now.
    pub(super) fn next_episode(&mut self) -> u64 {
        if !self.one_drop {
            self.episode += 1;
        }
        self.episode
    }

    /// Adds an item, and says which pending ones it waits for.
    pub(super) fn place(&mut self, item: &Item) -> Vec<u64> {
        if item.started {
            self.place_started(item);
            return Vec::new();
        }
        let mut waits = Vec::new();
        let inside = |entry: &Entry| entry.path.starts_with(&item.path);
        let mut depth = self.stack.len();
        while depth > 0 {
            depth -= 1;
            let top = self.stack[depth];
            match self.pending.get(&top) {
                None => {
                    self.stack.remove(depth);
                }
                Some(entry) if !inside(entry) => {}
                Some(entry) if top > item.born => {
                    if entry.episode == item.episode {
                        waits.push(top);
                    }
                    self.stack.remove(depth);
                }
                Some(_) => break,
            }
        }
        self.stack.push(item.born);
        // What one that it waits for waits for is left out: else a stack of guards that is dropped
        // from the top would take quadratic space.
        let mut covered = 0;
        for (born, entry) in self.pending.range(item.born + 1..) {
            if entry.episode == item.episode || entry.episode < covered || !inside(entry) {
                continue;
            }
            waits.push(*born);
            if entry.waited && entry.path == item.path {
                covered = covered.max(entry.episode);
            }
        }
        self.add(item);
        waits
    }

    /// It may hold what the others need, and there is nothing left to come before it: it never waits
    /// again. So it does not stand in for those of the stack that it would have waited for.
    fn place_started(&mut self, item: &Item) {
        let above = self.stack.iter().rev().take_while(|top| **top > item.born);
        let depth = self.stack.len() - above.count();
        self.stack.insert(depth, item.born);
        self.add(item);
    }

    fn add(&mut self, item: &Item) {
        let entry = Entry {
            episode: item.episode,
            path: item.path.clone(),
            waited: !item.started,
        };
        self.pending.insert(item.born, entry);
    }

    pub(super) fn ended(&mut self, born: u64) {
        self.pending.remove(&born);
    }
}
