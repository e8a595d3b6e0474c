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
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Link = Option<NonNull<Head>>;

/// The links of a task.
#[derive(Default)]
pub(super) struct Links {
    previous: Cell<Link>,
    next: Cell<Link>,
}

/// Tasks that have not ended.
pub(crate) struct List(Mutex<Ends>);

struct Ends {
    first: Link,
    runtime: Option<tokio::runtime::Id>,
}

// SAFETY: the tasks that it points to can be used from any thread.
unsafe impl Send for Ends {}

impl List {
    pub(crate) const fn new() -> Self {
        List(Mutex::new(Ends {
            first: None,
            runtime: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runtime that all of them are of, where there is one.
    pub(crate) fn runtime(&self) -> Option<tokio::runtime::Id> {
        self.lock().runtime
    }

    pub(crate) fn set_runtime(&self, runtime: Option<tokio::runtime::Id>) {
        self.lock().runtime = runtime;
    }

    /// Enters a task.
    ///
    /// # Safety
    ///
    /// It is always the same list for a task, and it is removed before whoever calls this gives up its
    /// reference.
    #[inline]
    pub(crate) unsafe fn insert(&self, task: &TaskRef) {
        let mut ends = self.lock();
        let links = task.links();
        let this = Some(task.pointer());
        let next = ends.first;
        links.next.set(next);
        if let Some(next) = next {
            // SAFETY: it is in the list, so it is alive.
            unsafe { links_of(next) }.previous.set(this);
        }
        ends.first = this;
    }

    /// Removes a task.
    ///
    /// # Safety
    ///
    /// It is in this list.
    #[inline]
    pub(super) unsafe fn remove(&self, task: &TaskRef) {
        let mut ends = self.lock();
        let links = task.links();
        let (previous, next) = (links.previous.take(), links.next.take());
        match previous {
            // SAFETY: neighbours in the list are alive.
            Some(previous) => unsafe { links_of(previous) }.next.set(next),
            None => ends.first = next,
        }
        if let Some(next) = next {
            // SAFETY: as above.
            unsafe { links_of(next) }.previous.set(previous);
        }
    }

    /// The task that was entered last.
    pub(crate) fn last(&self) -> Option<TaskRef> {
        let ends = self.lock();
        // SAFETY: it is in the list, so it is alive.
        ends.first.map(|task| unsafe { TaskRef::counted(task) })
    }

    /// Shows `f` all of them.
    pub(crate) fn each(&self, mut f: impl FnMut(TaskRef)) {
        let ends = self.lock();
        let mut next = ends.first;
        while let Some(task) = next {
            // SAFETY: it is in the list, so it is alive.
            let task = unsafe { TaskRef::counted(task) };
            next = task.links().next.get();
            f(task);
        }
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
