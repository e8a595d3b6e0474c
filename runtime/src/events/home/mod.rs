//! What a loop shares with its tasks and with other threads.
//!
//! A home is never given back: there are as many as there ever were loops at the same time. A loop that
//! ends leaves its home to the next one. So a task, which may live on as long as somebody has a waker of
//! it, can point to its loop without counting references: what it finds there is closed, or another
//! loop, and both take a wake-up of a task that has ended for what it is.
//!
//! # Why this is sound
//!
//! The parts in [`Mine`], and the parts of tasks that are the loop's, are used on the thread of the loop
//! only: by methods of [`LocalLoop`](super::LocalLoop), which never leaves its thread, and where [`OWNER`]
//! says that the home is this thread's, which it does only while a method of that loop is at work. When a
//! home goes from one loop to the next that is under the lock of the [`homes`], so that the next one sees all
//! that the last one did. Code that is not ours never runs while the queue is borrowed. Model-checked:
//! `tests/loom_home.rs`.
//!
//! The mailbox says how much room there is in the queue: that of the queue, or none where there is mail. It is told
//! whenever that of the queue changes, by the thread of the loop; so who compares the two has looked for mail as well.
//!
//! The queue does not count references. A task is put in there only while it lives, when the loop has a
//! reference; that is given up when the task neither lives nor is in the queue.
#![allow(unsafe_code)]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "where a place is reached by a pointer, and used, one reason holds for both"
)]

mod here;
mod homes;
mod main_task;
mod owned;

pub(crate) use here::Here;
pub(super) use here::LoopRef;
pub(crate) use main_task::MainTask;
pub(super) use owned::Owned;

use super::alarms::{Alarms, Key, Known};
use super::callback::Callback;
use super::line::Line;
use super::mailbox::Mailbox;
use super::sync::{Cell, UnsafeCell};
use crate::tasks::{Lent, LoopList, Numbers, TaskRef};
use homes::OWNER;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::{mem, ptr};

/// What a loop shares with its tasks and with other threads.
pub(crate) struct Home {
    mailbox: Mailbox<Mail>,
    /// The tasks of the loop that have not ended.
    tasks: LoopList,
    /// Of its alarms.
    known: Known,
    mine: Mine,
}

/// For the thread of the loop.
struct Mine {
    queue: UnsafeCell<Line>,
    /// Wakes the loop when it waits.
    waker: UnsafeCell<Option<Waker>>,
    /// Tasks of the loop are run, or dropped.
    at_work: Cell<bool>,
    /// It was woken since it last was at work.
    woken: Cell<bool>,
    /// Something has come from outside of what the loop does: mail, or a wake-up while it was not at work.
    disturbed: Cell<bool>,
    /// The address of the main task, if it is one of this loop's; or null.
    main: Cell<*const ()>,
    numbers: Numbers,
    alarms: Alarms,
}

// SAFETY: `mine` is for one thread at a time, see above.
unsafe impl Sync for Home {}
// SAFETY: as above; wakers, callbacks and tasks can be sent.
unsafe impl Send for Home {}

/// Something to be done.
pub(super) enum Step {
    Poll(Lent),
    Call(Arc<Callback>),
}

/// The same, from another thread.
enum Mail {
    Poll(TaskRef),
    Call(Arc<Callback>),
    PutOff(Key),
}

impl Home {
    fn new() -> Self {
        Home {
            mailbox: Mailbox::new(),
            tasks: LoopList::new(),
            known: Known::new(),
            mine: Mine {
                queue: UnsafeCell::new(Line::new()),
                waker: UnsafeCell::new(None),
                at_work: Cell::new(false),
                woken: Cell::new(false),
                disturbed: Cell::new(false),
                main: Cell::new(ptr::null()),
                numbers: Numbers::none(),
                alarms: Alarms::new(),
            },
        }
    }

    /// Gives the queue to `f`.
    ///
    /// # Safety
    ///
    /// On the thread of the loop; `f` runs no code that is not ours.
    #[inline(always)]
    unsafe fn with_queue<R>(&self, f: impl FnOnce(&mut Line) -> R) -> R {
        // SAFETY: on this thread only, and nobody else borrows it now.
        self.mine.queue.with_mut(|queue| f(unsafe { &mut *queue }))
    }

    /// The tasks of the loop that have not ended.
    #[inline]
    pub(crate) fn tasks(&self) -> &LoopList {
        &self.tasks
    }

    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        let owner = OWNER.with(Cell::get);
        owner.is_some_and(|owner| std::ptr::eq(owner, self))
    }

    /// Gives up the loop's reference to a task, unless that is in the queue, where it is given up later.
    ///
    /// # Safety
    ///
    /// On the thread of the loop, once, and the task lives no more.
    #[inline]
    unsafe fn let_go(task: &TaskRef) {
        if !task.standing().is_queued() {
            // SAFETY: it is the loop's, who needs it no more.
            drop(unsafe { task.lend().into_counted() });
        }
    }

    /// Gives up the loop's reference to a task if `end` has ended it, also where it panicked then, as wakers may that are told
    /// of it. Where it panicked before it could tell anybody, the task is still in the list, and is abandoned in the end.
    ///
    /// # Safety
    ///
    /// On the thread of the loop; the task lives, and does no more where this is true.
    #[inline(always)]
    unsafe fn let_go_at_end(task: &TaskRef, end: impl FnOnce(&TaskRef) -> bool) {
        // By value: so the way where nothing unwinds need not say where the reference is.
        struct Unwinds(Lent);
        impl Drop for Unwinds {
            fn drop(&mut self) {
                let let_go = |task: &TaskRef| {
                    if task.ended().is_some() {
                        // SAFETY: its outcome was delivered, so it lives no more.
                        unsafe { Home::let_go(task) };
                    }
                };
                // SAFETY: the loop still has its reference.
                unsafe { self.0.with(let_go) };
            }
        }
        let unwinds = Unwinds(task.lend());
        let has_ended = end(task);
        mem::forget(unwinds);
        if has_ended {
            // SAFETY: passed on to the caller.
            unsafe { Home::let_go(task) };
        }
    }

    /// Has a task of the loop polled.
    #[inline]
    pub(crate) fn wake(&'static self, task: &TaskRef) {
        if !self.is_here() {
            // SAFETY: the task is alive for the time of the call.
            return unsafe { self.wake_from_outside(task.lend()) };
        }
        if task.standing().call() {
            // SAFETY: this thread is the one of the loop.
            unsafe { self.push(Step::Poll(task.lend())) };
        }
    }

    /// The same on another thread.
    ///
    /// # Safety
    ///
    /// The task must be alive.
    // It is passed by value, so that the quick way needs no place in memory.
    #[cold]
    #[inline(never)]
    unsafe fn wake_from_outside(&self, task: Lent) {
        // SAFETY: passed on to the caller.
        unsafe {
            task.with(|task| {
                // What this thread did before is seen by whoever takes it out, who swaps as well.
                if !task.called().swap(true, Ordering::AcqRel) {
                    let refused = self.mailbox.put(None, Mail::Poll(task.clone()));
                    drop(refused);
                }
            });
        }
    }

    /// Puts something at the end of the queue, and wakes the loop if it waits.
    ///
    /// # Safety
    ///
    /// On the thread of the loop. A task must live, and be marked as queued.
    #[inline]
    unsafe fn push(&'static self, step: Step) {
        let room = self.mailbox.room();
        // SAFETY: passed on to the caller.
        if unsafe { self.with_queue(|queue| queue.is_full(room)) } {
            // SAFETY: as above.
            return unsafe { self.push_slowly(step) };
        }
        // SAFETY: as above.
        unsafe { self.with_queue(|queue| queue.push(step)) };
        // SAFETY: passed on to the caller.
        unsafe { self.wake_loop() };
    }

    /// [`push`](Self::push) where there is mail, which came first, or no room.
    ///
    /// # Safety
    ///
    /// As there.
    #[cold]
    #[inline(never)]
    unsafe fn push_slowly(&'static self, step: Step) {
        if self.mailbox.has_mail() {
            // SAFETY: passed on to the caller.
            unsafe { self.fetch() };
        }
        // SAFETY: as above.
        unsafe { self.push_growing(step) };
        // SAFETY: passed on to the caller.
        unsafe { self.wake_loop() };
    }

    /// Wakes the loop if it waits.
    ///
    /// # Safety
    ///
    /// On the thread of the loop.
    #[inline]
    unsafe fn wake_loop(&'static self) {
        if !self.mine.at_work.get() {
            // SAFETY: passed on to the caller.
            unsafe { self.wake_waiting_loop() };
        }
    }

    /// # Safety
    ///
    /// On the thread of the loop.
    #[cold]
    #[inline(never)]
    unsafe fn wake_waiting_loop(&'static self) {
        self.mine.disturbed.set(true);
        if !self.mine.woken.replace(true) {
            // SAFETY: on this thread only. It is cloned, as what it calls may come back here.
            let waker = self
                .mine
                .waker
                .with_mut(|waker| unsafe { (*waker).clone() });
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// The alarms of the loop, on its thread.
    #[inline]
    pub(super) fn alarms(&self) -> Option<&Alarms> {
        self.is_here().then_some(&self.mine.alarms)
    }

    /// When they are due, for any thread.
    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// Has the loop look at its alarms, if this is its thread.
    #[inline]
    pub(super) fn look_at_alarms(&'static self) {
        if self.is_here() {
            // SAFETY: this thread is the one of the loop.
            unsafe { self.wake_loop() };
        }
    }

    /// An alarm is put off, on another thread than that of the loop.
    #[cold]
    pub(super) fn put_off_from_outside(&self, alarm: Key) {
        if self.mailbox.put(None, Mail::PutOff(alarm)).is_err() {
            self.known.forget(alarm);
        }
    }

    /// Puts the mail at the end of the queue.
    ///
    /// # Safety
    ///
    /// On the thread of the loop.
    #[cold]
    unsafe fn fetch(&'static self) {
        self.mine.disturbed.set(true);
        // SAFETY: passed on to the caller.
        let room = unsafe { self.with_queue(Line::settle) };
        for mail in self.mailbox.take(room) {
            let step = match mail {
                Mail::Call(callback) => Step::Call(callback),
                Mail::PutOff(alarm) => {
                    self.known.forget(alarm);
                    drop(self.mine.alarms.remove(alarm));
                    continue;
                }
                Mail::Poll(task) => {
                    task.called().swap(false, Ordering::AcqRel);
                    if task.is_cancel_due() {
                        task.standing().set_special(true);
                    }
                    if !task.standing().call() {
                        continue;
                    }
                    Step::Poll(task.lend()) // of which the loop has a reference
                }
            };
            // SAFETY: passed on to the caller.
            unsafe { self.push_growing(step) };
        }
    }

    /// Puts something at the end of the queue, whether that is full or not.
    ///
    /// # Safety
    ///
    /// On the thread of the loop. A task must live, and be marked as queued.
    unsafe fn push_growing(&self, step: Step) {
        // SAFETY: passed on to the caller.
        let room = unsafe { self.with_queue(|queue| queue.push_growing(step)) };
        if let Some(room) = room {
            self.mailbox.set_room(room);
        }
    }
}
