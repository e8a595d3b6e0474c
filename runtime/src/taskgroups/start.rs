//! Children that say when they are ready.

use crate::CancelledError;
use crate::graph::{self, own_clone};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

struct State<V> {
    value: Option<V>,
    /// The child can say no more.
    gone: bool,
    waiter: Option<Waker>,
}

type Shared<V> = Arc<Mutex<State<V>>>;

/// What a child says with that it is ready: see [`TaskGroup::start`](crate::TaskGroup::start).
pub struct TaskStatus<V> {
    shared: Shared<V>,
}

/// Waits until a child is ready: what [`TaskGroup::start`](crate::TaskGroup::start) gives.
#[must_use = "`start` waits when you `.await` it"]
pub struct Start<V> {
    shared: Shared<V>,
}

pub(super) fn pair<V>() -> (TaskStatus<V>, Start<V>) {
    let shared = Arc::new(Mutex::new(State {
        value: None,
        gone: false,
        waiter: None,
    }));
    (
        TaskStatus {
            shared: Arc::clone(&shared),
        },
        Start { shared },
    )
}

fn settle<V>(shared: &Shared<V>, value: Option<V>) {
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = value {
        state.value = Some(value);
    }
    state.gone = true;
    let waiter = state.waiter.take();
    drop(state);
    if let Some(waiter) = waiter {
        waiter.wake();
    }
}

impl<V> TaskStatus<V> {
    /// Says that the child is ready, and hands a value to whoever waits for it.
    pub fn started(self, value: V) {
        settle(&self.shared, Some(value));
    }
}

impl<V> Drop for TaskStatus<V> {
    fn drop(&mut self) {
        settle(&self.shared, None);
    }
}

impl<V> Future for Start<V> {
    type Output = Result<V, CancelledError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = state.value.take() {
            return Poll::Ready(Ok(value));
        }
        if state.gone {
            return Poll::Ready(Err(CancelledError::with_message(
                "the child ended before it was ready",
            )));
        }
        let old = state.waiter.replace(own_clone(cx.waker()));
        drop(state);
        drop(old);
        if graph::is_on() {
            graph::wait(graph::Entry::Future);
        }
        Poll::Pending
    }
}

impl<V> fmt::Debug for TaskStatus<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStatus").finish_non_exhaustive()
    }
}

impl<V> fmt::Debug for Start<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").finish_non_exhaustive()
    }
}
