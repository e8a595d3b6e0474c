//! What the models of wakers have in common: a task, and what happens to the branches of its combinator.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// A task that has been woken or not.
pub(crate) struct Task(pub(crate) AtomicBool);

impl Wake for Task {
    fn wake(self: std::sync::Arc<Self>) {
        // Not a `store`: the checker would let a `swap` that happened before it overwrite it.
        self.0.swap(true, Ordering::AcqRel);
    }
}

/// A task, which begins as woken, with its waker.
pub(crate) fn task() -> (std::sync::Arc<Task>, Waker) {
    let task = std::sync::Arc::new(Task(AtomicBool::new(true)));
    (task.clone(), Waker::from(task))
}

/// What happens to each branch: a number that is published without any ordering of its own, so that
/// it is seen only if the wake-up after it orders it.
pub(crate) type Events = [AtomicUsize; 2];

pub(crate) fn events() -> Arc<Events> {
    Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)])
}

/// The event `number` happens to branch `index`.
pub(crate) fn happen(events: &Events, index: usize, number: usize, waker: &Waker) {
    events[index].store(number, Ordering::Relaxed);
    waker.wake_by_ref();
}
