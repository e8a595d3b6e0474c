//! The loop of this thread, and others, as everybody else has them.
#![allow(unsafe_code)]

use super::super::alarms::Alarms;
use super::super::callback::Callback;
use super::super::sync::Cell;
use super::homes::OWNER;
use super::{Home, Mail, MainTask, Step};
use crate::tasks::{Body, Header, TaskId, TaskRef, polling};
use std::marker::PhantomData;
use std::sync::Arc;

/// The loop that this code runs on, not being in a task of Tokio's.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    home: &'static Home,
    thread: PhantomData<*const ()>,
}

impl Here {
    #[inline]
    pub(crate) fn find() -> Option<Self> {
        Here::at_work().filter(|_| tokio::task::try_id().is_none())
    }

    /// The loop that runs a task of its own on this thread, also where that polls one of Tokio's, as a `LocalSet`
    /// does.
    #[inline]
    pub(in super::super) fn at_work() -> Option<Self> {
        let home = OWNER
            .with(Cell::get)
            .filter(|home| home.mine.at_work.get())?;
        Some(Here {
            home,
            thread: PhantomData,
        })
    }

    /// That of a task that this loop makes now.
    #[inline(always)]
    pub(crate) fn next_id(self) -> TaskId {
        self.home.mine.numbers.next()
    }

    /// Somebody else has numbered a task: what the loop of this thread, if there is one, makes from here on comes after that.
    #[inline]
    pub(crate) fn forget_numbers() {
        if let Some(home) = OWNER.with(Cell::get) {
            home.mine.numbers.forget();
        }
    }

    /// Adds a task; it is first polled after everything that is ready now.
    #[inline(always)]
    pub(crate) fn spawn<B: Body + 'static>(
        self,
        header: impl FnOnce() -> Header,
        body: impl FnOnce(&Header) -> B,
    ) -> TaskRef {
        // SAFETY: it borrows nothing.
        let task = unsafe { self.add(header, true, body) };
        // SAFETY: on the thread of the loop; it lives, and is marked.
        unsafe { self.home.push(Step::Poll(task.lend())) };
        task
    }

    /// The same; but it is polled once before anything else, by `first`.
    pub(crate) fn spawn_eagerly<B: Body + 'static>(
        self,
        header: impl FnOnce() -> Header,
        body: impl FnOnce(&Header) -> B,
        first: impl FnOnce(&mut dyn FnMut(&mut std::task::Context<'_>)),
    ) -> TaskRef {
        // SAFETY: it borrows nothing.
        let task = unsafe { self.add(header, false, body) };
        let mut ended = false;
        let end = |task: &TaskRef| {
            first(&mut |cx| {
                // SAFETY: it lives, and was not polled before.
                ended |= !ended && unsafe { polling::poll_with_all(task, cx) };
            });
            ended
        };
        // SAFETY: this is the thread of its loop. It may be in the queue, as it was cancelled meanwhile.
        unsafe { Home::let_go_at_end(&task, end) };
        if !ended {
            self.home.wake(&task);
        }
        task
    }

    /// Adds the main task, for [`MainTask`] to be polled first.
    ///
    /// # Safety
    ///
    /// What this gives is dropped, on this thread, before anything that the body borrows, and so is the `Task`.
    pub(crate) unsafe fn add_main<B: Body>(
        self,
        header: impl FnOnce() -> Header,
        body: impl FnOnce(&Header) -> B,
    ) -> MainTask {
        // SAFETY: passed on to the caller: `MainTask` ends it.
        let task = unsafe { self.add(header, false, body) };
        MainTask::of(self.home, task)
    }

    /// # Safety
    ///
    /// The task is ended before anything that the body borrows is gone.
    #[inline(always)]
    unsafe fn add<B: Body>(
        self,
        header: impl FnOnce() -> Header,
        queued: bool,
        body: impl FnOnce(&Header) -> B,
    ) -> TaskRef {
        // SAFETY: this is the thread of the loop, whose reference is in `unqueue`; the rest is passed on.
        let task = unsafe { TaskRef::of_loop(header, self.home, queued, body) };
        // SAFETY: it is removed at the end of the body, before the loop gives up its reference.
        unsafe { task.enter_list() };
        task
    }

    #[inline]
    pub(in super::super) fn alarms(self) -> &'static Alarms {
        &self.home.mine.alarms
    }

    #[inline]
    pub(in super::super) fn home(self) -> &'static Home {
        self.home
    }

    /// Its name for other threads.
    pub(in super::super) fn handle(self) -> LoopRef {
        let number = self.home.mailbox.opened_for().unwrap_or(u64::MAX);
        LoopRef {
            home: self.home,
            number,
        }
    }
}

/// A loop, which may be gone.
#[derive(Clone, Copy)]
pub(in super::super) struct LoopRef {
    home: &'static Home,
    number: u64,
}

impl LoopRef {
    /// Calls it after everything that is ready now. False if the loop is gone.
    pub(in super::super) fn call(&self, callback: Arc<Callback>) -> bool {
        if self.home.is_here() && !self.is_closed() {
            // SAFETY: on the thread of the loop.
            unsafe { self.home.push(Step::Call(callback)) };
            return true;
        }
        let mail = Mail::Call(callback);
        self.home.mailbox.put(Some(self.number), mail).is_ok()
    }

    pub(in super::super) fn is_closed(&self) -> bool {
        self.home.mailbox.opened_for() != Some(self.number)
    }

    /// Whether it is the loop that this code runs on.
    pub(in super::super) fn is_here(&self) -> bool {
        Here::find().is_some_and(|here| std::ptr::eq(here.home, self.home)) && !self.is_closed()
    }
}
