//! Wakers for a set of futures of which each has a key: what was woken is polled, nothing else.
//! Model-checked: `tests/loom_tasks.rs`.

use crate::graph::own_clone;
#[cfg(all(test, loom))]
use loom::sync::{Mutex, MutexGuard};
use std::sync::{Arc, PoisonError};
#[cfg(not(all(test, loom)))]
use std::sync::{Mutex, MutexGuard};
use std::task::{Wake, Waker};

/// What the wakers of a set share with whoever polls the set.
pub(crate) struct Wakes(Mutex<State>);

impl Default for Wakes {
    fn default() -> Self {
        Wakes(Mutex::new(State::default()))
    }
}

#[derive(Default)]
struct State {
    woken: Vec<u64>,
    /// How many there were when duplicates were last removed.
    distinct: usize,
    /// Wakes whoever polls the set.
    parent: Option<Waker>,
}

impl State {
    /// Somebody may wake a million times before the set is polled: duplicates take no memory.
    fn push(&mut self, key: u64) {
        if self.woken.len() > 64 + 2 * self.distinct {
            self.woken.sort_unstable();
            self.woken.dedup();
            self.distinct = self.woken.len();
        }
        self.woken.push(key);
    }
}

struct KeyWaker {
    wakes: Arc<Wakes>,
    key: u64,
}

impl Wakes {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The waker of one future of the set.
    pub(crate) fn waker(wakes: &Arc<Wakes>, key: u64) -> Waker {
        Waker::from(Arc::new(KeyWaker {
            wakes: Arc::clone(wakes),
            key,
        }))
    }

    /// What tells this set from every other one that is there.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Marks a future as woken, and wakes whoever polls the set.
    pub(crate) fn wake(&self, key: u64) {
        let mut state = self.lock();
        state.push(key);
        let parent = state.parent.take();
        drop(state); // a waker may run anything
        if let Some(parent) = parent {
            parent.wake();
        }
    }

    /// Marks futures as woken, for somebody who is about to poll the set.
    pub(crate) fn add(&self, keys: Vec<u64>) {
        self.lock().woken.extend(keys);
    }

    /// Takes what was woken, each key once and in order, in place of what is in `woken`. From here on wake-ups go
    /// to `parent`.
    pub(crate) fn take(&self, parent: &Waker, woken: &mut Vec<u64>) {
        woken.clear();
        let mut state = self.lock();
        std::mem::swap(&mut state.woken, woken);
        state.distinct = 0;
        let old = match &state.parent {
            Some(old) if old.will_wake(parent) => None,
            _ => state.parent.replace(own_clone(parent)),
        };
        drop(state);
        drop(old);
        woken.sort_unstable();
        woken.dedup();
    }
}

impl Wake for KeyWaker {
    fn wake(self: Arc<Self>) {
        self.wakes.wake(self.key);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.wake(self.key);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn wakes_that_nobody_takes_need_no_memory() {
        let wakes = Arc::new(Wakes::default());
        let wakers: Vec<Waker> = (0..100).map(|key| Wakes::waker(&wakes, key)).collect();
        for _ in 0..1000 {
            wakers.iter().rev().for_each(Waker::wake_by_ref);
        }
        assert!(wakes.lock().woken.len() < 300);
        let mut woken = Vec::new();
        wakes.take(Waker::noop(), &mut woken);
        assert_eq!(woken, (0..100).collect::<Vec<u64>>());
        wakes.take(Waker::noop(), &mut woken);
        assert_eq!(woken, []);
    }
}
