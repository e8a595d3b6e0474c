//! What a future and its setters share.

use super::CallbackId;
use crate::brief_lock::{Brief, BriefLock};
use crate::exceptions::{CancelledError, InvalidStateError};
use crate::graph::own_clone;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

pub(super) struct Shared<T> {
    pub(super) location: &'static Location<'static>,
    state: BriefLock<State<T>>,
    /// It is done. Set with the lock, for who would only take that to find it out.
    is_over: AtomicBool,
}

pub(super) type Callback = Box<dyn FnOnce() + Send>;

pub(super) struct State<T> {
    pub(super) value: Value<T>,
    pub(super) waiters: Waiters,
    /// How many setters there are.
    pub(super) setters: usize,
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

/// Those who wait, in the order in which they began to, which is that of their keys.
// In this order: what is left open where there is none would be copied, with what comes after it, by loads that do not
// match the stores just before, for which the processor waits some 5 ns.
#[repr(C)]
#[derive(Default)]
pub(super) struct Waiters {
    /// What most futures do not have.
    more: Option<Box<More>>,
    keys: u64,
    first: Option<(u64, Waker)>,
}

#[derive(Default)]
struct More {
    waiters: Vec<(u64, Waker)>,
    callbacks: Vec<(CallbackId, Callback)>,
}

impl Waiters {
    /// Stores a waker, in the place that `key` has if it has one; gives the old one, to be dropped without
    /// the lock.
    pub(super) fn register(&mut self, key: &mut u64, waker: &Waker) -> Option<Waker> {
        if *key != 0
            && let Some((_, old)) = self.find(*key)
        {
            let same = old.will_wake(waker);
            return (!same).then(|| mem::replace(old, own_clone(waker)));
        }
        self.keys += 1;
        *key = self.keys;
        let waiter = (*key, own_clone(waker));
        let is_first = (self.more.as_ref()).is_none_or(|more| more.waiters.is_empty());
        match self.first.is_none() && is_first {
            true => self.first = Some(waiter),
            false => self.more.get_or_insert_default().waiters.push(waiter),
        }
        None
    }

    fn find(&mut self, key: u64) -> Option<&mut (u64, Waker)> {
        if self.first.as_ref().is_some_and(|(of, _)| *of == key) {
            return self.first.as_mut();
        }
        let more = self.more.as_mut()?;
        let index = more.waiters.binary_search_by_key(&key, |(of, _)| *of);
        more.waiters.get_mut(index.ok()?)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Waker> {
        if self.first.as_ref().is_some_and(|(of, _)| *of == key) {
            return self.first.take().map(|(_, waker)| waker);
        }
        let more = self.more.as_mut()?;
        let index = more.waiters.binary_search_by_key(&key, |(of, _)| *of);
        Some(more.waiters.remove(index.ok()?).1)
    }

    pub(super) fn add_callback(&mut self, id: CallbackId, callback: Callback) {
        let more = self.more.get_or_insert_default();
        more.callbacks.push((id, callback));
    }

    /// Gives it to be dropped without the lock.
    pub(super) fn remove_callback(&mut self, callback: CallbackId) -> Option<Callback> {
        let callbacks = &mut self.more.as_mut()?.callbacks;
        let index = callbacks.iter().position(|(id, _)| *id == callback)?;
        Some(callbacks.remove(index).1)
    }

    /// The future is done: wakes those who wait, and calls the callbacks.
    #[inline]
    fn tell(self) {
        if let Some((_, waker)) = self.first {
            waker.wake();
        }
        if let Some(more) = self.more {
            more.tell();
        }
    }
}

impl More {
    #[cold]
    fn tell(self) {
        for (_, waker) in self.waiters {
            waker.wake();
        }
        run(self.callbacks);
    }
}

impl<T> State<T> {
    /// The value, or a clone of it; see [`FutureValue::result`](super::FutureValue::result).
    pub(super) fn result(&mut self) -> Result<Result<T, CancelledError>, InvalidStateError> {
        match &self.value {
            Value::Pending => return Err(InvalidStateError::new("the result is not set")),
            Value::Taken => return Err(InvalidStateError::new("the result was taken")),
            Value::Cancelled(error) => return Ok(Err(error.clone())),
            Value::Done(value) => {
                self.retrieved = true;
                if let Some(clone) = self.clone {
                    return Ok(Ok(clone(value)));
                }
            }
        }
        match mem::replace(&mut self.value, Value::Taken) {
            Value::Done(value) => Ok(Ok(value)),
            _ => unreachable!("it is done"),
        }
    }
}

impl<T> Shared<T> {
    #[inline(always)]
    pub(super) fn new(location: &'static Location<'static>) -> Self {
        Shared {
            location,
            state: BriefLock::new(State {
                value: Value::Pending,
                waiters: Waiters::default(),
                setters: 1,
                readers: 1,
                clone: None,
                retrieved: false,
            }),
            is_over: AtomicBool::new(false),
        }
    }

    /// Completes it, which is pending.
    #[inline(always)]
    pub(super) fn complete(&self, mut state: Brief<'_, State<T>>, value: Value<T>) {
        state.value = value;
        let waiters = mem::take(&mut state.waiters);
        self.is_over.store(true, Ordering::Relaxed);
        drop(state);
        waiters.tell();
    }

    /// Whether it is done; who has not heard of it may not know.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn state(&self) -> Brief<'_, State<T>> {
        self.state.lock()
    }

    /// The state of a future that is not done.
    #[inline]
    pub(super) fn pending(&self) -> Option<Brief<'_, State<T>>> {
        let state = self.state();
        state.value.is_pending().then_some(state)
    }

    pub(super) fn cancel(&self, error: CancelledError) -> bool {
        let pending = self.pending();
        let cancels = pending.is_some();
        if let Some(state) = pending {
            self.complete(state, Value::Cancelled(error));
        }
        cancels
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
