//! The main task: one of the tasks of its loop, which may borrow from whoever runs the loop.
#![allow(unsafe_code)]

use super::Home;
use crate::tasks::{TaskRef, polling};
use std::marker::PhantomData;
use std::ptr;

/// Sees to it that the main task has ended before what it borrows is gone.
pub(crate) struct MainTask {
    home: &'static Home,
    task: TaskRef,
    is_polled: bool,
    /// It stays on the thread of the loop.
    thread: PhantomData<*const ()>,
}

impl MainTask {
    pub(super) fn of(home: &'static Home, task: TaskRef) -> Self {
        home.mine.main.set(task.lend().address());
        MainTask {
            home,
            task,
            is_polled: false,
            thread: PhantomData,
        }
    }

    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }

    /// Whether the task has ended. The first time this has it polled by `first`, which says so as well; from then on
    /// the loop does.
    pub(crate) fn has_ended(&mut self, first: impl FnOnce(&TaskRef) -> bool) -> bool {
        if !std::mem::replace(&mut self.is_polled, true) {
            // SAFETY: on the thread of its loop; `first` says whether it has ended.
            unsafe { Home::let_go_at_end(&self.task, first) };
        }
        !self.task.standing().lives()
    }
}

impl Drop for MainTask {
    fn drop(&mut self) {
        self.home.mine.main.set(ptr::null());
        if self.task.standing().lives() {
            let end = |task: &TaskRef| {
                // SAFETY: on the thread of its loop, not from inside of its body, which would be borrowed.
                unsafe { polling::abandon(task) };
                true
            };
            // SAFETY: this is the thread of its loop, and it has ended then.
            unsafe { Home::let_go_at_end(&self.task, end) };
        }
    }
}
