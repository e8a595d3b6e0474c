//! What is waited for, written down by whoever waits.
//!
//! Each future of this crate that returns `Pending` adds an [`Entry`] to a list that is the thread's for
//! the time of one poll ([`wait`]). The task takes the list when its poll ends ([`collect`]) and keeps it
//! until the next one. A combinator that polls only the branches that were woken does the same for each
//! branch, and keeps the lists in a [`Node`], which is one entry in the list around it.
//!
//! So nothing has to be taken back when a future is done or dropped, and nobody takes a lock but at the
//! end of a poll.

use super::node::{Node, Site};
use super::subject::Resource;
use crate::tasks::TaskId;
use std::cell::Cell;
use std::mem::{self, ManuallyDrop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// One thing that is waited for.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// `sleep`, or a timer that stands beside a future.
    Timer(Instant),
    /// The other tasks have their turn.
    Turn,
    /// A line of a lock or queue.
    Line(Arc<Resource>),
    Task(TaskId),
    /// A future of [`create_future`](crate::create_future).
    Future,
    /// A child of the task group with this address.
    Child(usize),
    /// Something outside of the program's tasks: a socket, a process, a thread.
    Outside(&'static str),
    /// Cleanup that was handed over.
    Cleanup,
    Branches(Arc<Node>),
}

/// What one task or branch waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    pub(super) entries: Vec<Entry>,
    /// A future that is not of this crate keeps a waker.
    pub(super) foreign: bool,
}

thread_local! {
    static NOW: Now = const {
        Now {
            collects: Cell::new(false),
            clones: Cell::new(0),
            task: Cell::new(0),
            waits: Cell::new(ManuallyDrop::new(None)),
        }
    };
}

/// The list of this thread, for the time of one poll of a task or branch.
///
/// [`Collecting`] puts it in and takes it out again, so that it is empty when the thread ends; without a
/// destructor the access is a plain one.
struct Now {
    /// Whether somebody will take it.
    collects: Cell<bool>,
    /// How often foreign futures have cloned a waker.
    clones: Cell<u32>,
    /// The number of a task, where that is the only entry. This is what most tasks wait for that wait
    /// for a short time only, and needs to cost next to nothing.
    task: Cell<u64>,
    /// All other entries.
    waits: Cell<ManuallyDrop<Option<Box<Waits>>>>,
}

impl Now {
    fn replace(&self, waits: Option<Box<Waits>>) -> Option<Box<Waits>> {
        ManuallyDrop::into_inner(self.waits.replace(ManuallyDrop::new(waits)))
    }

    fn take(&self) -> Collected {
        Collected {
            task: self.task.take(),
            waits: self.replace(None),
            clones: self.clones.get(),
        }
    }

    fn put(&self, collected: Collected) {
        self.task.set(collected.task);
        self.replace(collected.waits);
        self.clones.set(collected.clones);
    }

    #[cold]
    fn push(&self, entry: Entry) {
        let mut waits = self.replace(None).unwrap_or_default();
        let task = TaskId::from_number(self.task.take()).map(Entry::Task);
        waits.entries.extend(task);
        waits.entries.push(entry);
        self.replace(Some(waits));
    }
}

pub(super) fn clones() -> u32 {
    NOW.with(|now| now.clones.get())
}

pub(super) fn set_clones(count: u32) {
    NOW.with(|now| now.clones.set(count));
}

/// The task or branch that is polled here waits for this.
pub(crate) fn wait(entry: Entry) {
    NOW.with(|now| {
        if now.collects.get() {
            now.push(entry);
        }
    });
}

/// The task or branch that is polled here waits for a task.
#[inline]
pub(crate) fn wait_for_task(task: TaskId) {
    NOW.with(|now| {
        if now.task.get() == 0 && now.collects.get() {
            now.task.set(task.number());
        } else if now.collects.get() {
            now.push(Entry::Task(task));
        }
    });
}

/// What was collected.
#[derive(Debug)]
pub(crate) struct Collected {
    task: u64,
    waits: Option<Box<Waits>>,
    clones: u32,
}

impl Collected {
    pub(super) fn into_waits(self) -> Waits {
        let mut waits = self.waits.map_or_else(Waits::default, |waits| *waits);
        let task = TaskId::from_number(self.task).map(Entry::Task);
        waits.entries.extend(task);
        waits.foreign = self.clones > 0;
        waits
    }
}

/// Makes a new list the one of this thread, until it is dropped or finished.
#[derive(Debug)]
pub(crate) struct Collecting {
    /// What was collected outside of it by then. `None` where nobody collects there: for a task.
    outer: Option<Collected>,
}

impl Collecting {
    #[inline]
    pub(crate) fn start() -> Self {
        NOW.with(|now| {
            let outer = now.collects.replace(true).then(|| now.take());
            now.clones.set(0);
            Collecting { outer }
        })
    }

    /// What was recorded since the start.
    #[inline]
    pub(crate) fn finish(mut self) -> Collected {
        let inner = self.restore();
        mem::forget(self);
        inner
    }

    #[inline]
    fn restore(&mut self) -> Collected {
        NOW.with(|now| {
            let inner = now.take();
            match self.outer.take() {
                None => now.collects.set(false),
                Some(outer) => now.put(outer),
            }
            inner
        })
    }
}

impl Drop for Collecting {
    /// A panic: nobody waits.
    fn drop(&mut self) {
        drop(self.restore());
    }
}

/// Where a task keeps what it waits for. One at a time writes: whoever polls the task.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The number of a task that is all that is waited for; or `ELSEWHERE`, or nothing.
    task: AtomicU64,
}

const NOTHING: u64 = 0;
const ELSEWHERE: u64 = u64::MAX;

impl Kept {
    pub(crate) const fn new() -> Self {
        Kept {
            task: AtomicU64::new(NOTHING),
        }
    }

    /// The task has been polled, and waits for these.
    #[inline]
    pub(crate) fn put<'a>(
        &self,
        collected: Collected,
        elsewhere: impl FnOnce() -> &'a Mutex<Waits>,
    ) {
        if collected.waits.is_none() && collected.clones == 0 {
            // What is elsewhere stays there until it is next used: to drop it takes a lock.
            self.task.store(collected.task, Ordering::Release);
            return;
        }
        self.put_elsewhere(collected.into_waits(), elsewhere());
    }

    #[cold]
    fn put_elsewhere(&self, waits: Waits, elsewhere: &Mutex<Waits>) {
        let old = mem::replace(&mut *lock(elsewhere), waits);
        self.task.store(ELSEWHERE, Ordering::Release);
        drop(old);
    }

    pub(super) fn get(&self, elsewhere: Option<&Mutex<Waits>>) -> Waits {
        let task = self.task.load(Ordering::Acquire);
        if task == ELSEWHERE {
            return elsewhere.map_or_else(Waits::default, |kept| lock(kept).clone());
        }
        Waits {
            entries: TaskId::from_number(task)
                .map(Entry::Task)
                .into_iter()
                .collect(),
            foreign: false,
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last entry is of a macro that stands there.
#[cold]
pub(crate) fn name_last(site: &'static Site) {
    NOW.with(|now| {
        let waits = now.replace(None);
        if let Some(Entry::Branches(node)) = waits.as_ref().and_then(|waits| waits.entries.last()) {
            let _ = node.site.set(site);
        }
        now.replace(waits);
    });
}
