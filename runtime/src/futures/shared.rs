//! What a future and its setters share.

use super::CallbackId;
use crate::exceptions::CancelledError;
use crate::graph::own_clone;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

pub(super) struct Shared<T> {
    pub(super) setters: AtomicUsize,
    pub(super) location: &'static Location<'static>,
    state: Mutex<State<T>>,
}

pub(super) type Callback = Box<dyn FnOnce() + Send>;

pub(super) struct State<T> {
    pub(super) value: Value<T>,
    pub(super) waiters: Waiters,
    pub(super) callbacks: Vec<(CallbackId, Callback)>,
    /// How many futures there are.
    pub(super) readers: usize,
    /// There was more than one: each gets a clone of the value. It is cloned under the lock, as the values of
    /// Tokio's channels are: an `Arc` that could be cloned without it would ask for `T: Sync`.
    pub(super) clone: Option<fn(&T) -> T>,
    /// Somebody looked at the value.
    pub(super) retrieved: bool,
}

pub(super) enum Value<T> {
    Pending,
    Done(T),
    Cancelled(CancelledError),
    /// It was done, and the value is handed out.
    Taken,
}

impl<T> Value<T> {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self, Value::Pending)
    }
}

/// Those who wait, in the order in which they began to, which is that of their keys. Mostly there is one.
#[derive(Default)]
pub(super) struct Waiters {
    first: Option<(u64, Waker)>,
    rest: Vec<(u64, Waker)>,
    keys: u64,
}

impl Waiters {
    /// Stores a waker, in the place that `key` has if it has one; gives the old one, to be dropped without
    /// the lock.
    pub(super) fn register(&mut self, key: &mut u64, waker: &Waker) -> Option<Waker> {
        if let Some((_, old)) = self.find(*key) {
            let same = old.will_wake(waker);
            return (!same).then(|| mem::replace(old, own_clone(waker)));
        }
        self.keys += 1;
        *key = self.keys;
        let waiter = (*key, own_clone(waker));
        match self.first.is_none() && self.rest.is_empty() {
            true => self.first = Some(waiter),
            false => self.rest.push(waiter),
        }
        None
    }

    fn find(&mut self, key: u64) -> Option<&mut (u64, Waker)> {
        if self.first.as_ref().is_some_and(|(of, _)| *of == key) {
            return self.first.as_mut();
        }
        let index = self.rest.binary_search_by_key(&key, |(of, _)| *of).ok()?;
        self.rest.get_mut(index)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Waker> {
        if self.first.as_ref().is_some_and(|(of, _)| *of == key) {
            return self.first.take().map(|(_, waker)| waker);
        }
        let index = self.rest.binary_search_by_key(&key, |(of, _)| *of).ok()?;
        Some(self.rest.remove(index).1)
    }

    fn wake(self) {
        for (_, waker) in self.first.into_iter().chain(self.rest) {
            waker.wake();
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn new(location: &'static Location<'static>) -> Self {
        Shared {
            setters: AtomicUsize::new(1),
            location,
            state: Mutex::new(State {
                value: Value::Pending,
                waiters: Waiters::default(),
                callbacks: Vec::new(),
                readers: 1,
                clone: None,
                retrieved: false,
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes the future; gives `value` back if that has happened already.
    pub(super) fn complete(&self, value: Value<T>) -> Result<(), Value<T>> {
        let mut state = self.state();
        if !state.value.is_pending() {
            return Err(value);
        }
        state.value = value;
        let waiters = mem::take(&mut state.waiters);
        let callbacks = mem::take(&mut state.callbacks);
        drop(state);
        waiters.wake();
        run(callbacks);
        Ok(())
    }

    pub(super) fn cancel(&self, error: CancelledError) -> bool {
        self.complete(Value::Cancelled(error)).is_ok()
    }

    pub(super) fn done(&self) -> bool {
        !self.state().value.is_pending()
    }

    pub(super) fn cancelled(&self) -> bool {
        matches!(self.state().value, Value::Cancelled(_))
    }
}

/// Runs them all, and then resumes the first panic.
fn run(callbacks: Vec<(CallbackId, Callback)>) {
    let mut panic = None;
    for (_, callback) in callbacks {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(callback)) {
            panic.get_or_insert(payload);
        }
    }
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}
