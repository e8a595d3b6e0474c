//! A list that links its tasks through themselves, so that to enter it allocates nothing.
//!
//! # Why this is sound
//!
//! The links of a task are read and written with the lock of the list only, which is always the same one
//! for a task. A task is entered once, while whoever runs it holds a reference, and removed before that
//! reference is given up: so with the lock everything in the list is alive, and a reference to it can be
//! made.
#![allow(unsafe_code)]

use super::cell::{Head, TaskRef};
use super::owner_lock::OwnerLock;
use parking_lot::Mutex;
use std::cell::Cell;
use std::ptr::NonNull;
use tokio::runtime::Id;

type Link = Option<NonNull<Head>>;

/// The links of a task.
#[derive(Default)]
pub(super) struct Links {
    previous: Cell<Link>,
    next: Cell<Link>,
}

/// The beginning of a list.
struct Ends {
    first: Link,
}

// SAFETY: the tasks that it points to can be used from any thread.
unsafe impl Send for Ends {}

impl Ends {
    /// # Safety
    ///
    /// With the lock of the list; it is always the same one for a task, which is in none yet.
    #[inline(always)]
    unsafe fn insert(&mut self, task: &TaskRef) {
        let links = task.links();
        let this = Some(task.pointer());
        let next = self.first;
        links.next.set(next);
        if let Some(next) = next {
            // SAFETY: it is in the list, so it is alive.
            unsafe { links_of(next) }.previous.set(this);
        }
        self.first = this;
    }

    /// # Safety
    ///
    /// With the lock of the list, which the task is in.
    #[inline(always)]
    unsafe fn remove(&mut self, task: &TaskRef) {
        let links = task.links();
        let (previous, next) = (links.previous.take(), links.next.take());
        match previous {
            // SAFETY: neighbours in the list are alive.
            Some(previous) => unsafe { links_of(previous) }.next.set(next),
            None => self.first = next,
        }
        if let Some(next) = next {
            // SAFETY: as above.
            unsafe { links_of(next) }.previous.set(previous);
        }
    }

    fn last(&self) -> Option<TaskRef> {
        // SAFETY: it is in the list, so it is alive.
        self.first.map(|task| unsafe { TaskRef::counted(task) })
    }

    fn each(&self, mut f: impl FnMut(TaskRef)) {
        let mut next = self.first;
        while let Some(task) = next {
            // SAFETY: it is in the list, so it is alive.
            let task = unsafe { TaskRef::counted(task) };
            next = task.links().next.get();
            f(task);
        }
    }
}

/// Tasks that have not ended, of whoever polls them. (The standard mutex asks twice whether the thread panics.)
pub(super) struct List(Mutex<Ends>);

impl List {
    pub(super) const fn new() -> Self {
        List(Mutex::new(Ends { first: None }))
    }

    /// Enters a task.
    ///
    /// # Safety
    ///
    /// It is always the same list for a task, and it is removed before whoever calls this gives up its
    /// reference.
    #[inline]
    pub(super) unsafe fn insert(&self, task: &TaskRef) {
        // SAFETY: with the lock; the rest is passed on to the caller.
        unsafe { self.0.lock().insert(task) }
    }

    /// Removes a task.
    ///
    /// # Safety
    ///
    /// It is in this list.
    #[inline]
    pub(super) unsafe fn remove(&self, task: &TaskRef) {
        // SAFETY: with the lock; the rest is passed on to the caller.
        unsafe { self.0.lock().remove(task) }
    }

    /// Shows `f` all of them.
    pub(super) fn each(&self, f: impl FnMut(TaskRef)) {
        self.0.lock().each(f);
    }
}

/// The tasks of one loop of ours that have not ended. Its thread enters and removes them.
pub(crate) struct LoopList {
    ends: OwnerLock<Ends>,
    /// The runtime that all of them are of, where there is one.
    runtime: Mutex<Option<Id>>,
}

impl LoopList {
    pub(crate) fn new() -> Self {
        LoopList {
            ends: OwnerLock::new(Ends { first: None }),
            runtime: Mutex::new(None),
        }
    }

    /// The runtime that all of them are of, where there is one.
    pub(crate) fn runtime(&self) -> Option<Id> {
        *self.runtime.lock()
    }

    pub(crate) fn set_runtime(&self, runtime: Option<Id>) {
        *self.runtime.lock() = runtime;
    }

    /// As [`List::insert`].
    ///
    /// # Safety
    ///
    /// As there.
    #[inline(always)]
    pub(crate) unsafe fn insert(&self, task: &TaskRef) {
        // SAFETY: with the lock; the rest is passed on to the caller.
        self.ends.with(|ends| unsafe { ends.insert(task) });
    }

    /// Removes a task.
    ///
    /// # Safety
    ///
    /// It is in this list.
    #[inline(always)]
    pub(super) unsafe fn remove(&self, task: &TaskRef) {
        // SAFETY: with the lock; the rest is passed on to the caller.
        self.ends.with(|ends| unsafe { ends.remove(task) });
    }

    /// The task that was entered last.
    pub(crate) fn last(&self) -> Option<TaskRef> {
        self.ends.look(|ends| ends.last())
    }

    /// Shows `f` all of them.
    pub(crate) fn each(&self, f: impl FnMut(TaskRef)) {
        self.ends.look(|ends| ends.each(f));
    }
}

/// # Safety
///
/// The task must be alive as long as the links are used, and the lock of its list held.
#[inline]
unsafe fn links_of<'a>(task: NonNull<Head>) -> &'a Links {
    // SAFETY: passed on to the caller.
    unsafe { task.as_ref() }.links()
}
