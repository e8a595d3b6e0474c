//! A home as the loop has it that it is the one of.
#![allow(unsafe_code)]

use super::homes::OWNER;
use super::{Home, Line, Mail, Step};
use crate::scope::report;
use crate::tasks::{Lent, LoopList, TaskRef, Turn, polling};
use std::marker::PhantomData;
use std::task::Waker;
use tokio::runtime::Id;
use tokio::time::Instant;

/// A loop's right to its home.
pub(in super::super) struct Owned {
    home: &'static Home,
    /// It stays on its thread.
    thread: PhantomData<*const ()>,
}

impl Owned {
    pub(in super::super) fn new(runtime: Id) -> Self {
        Owned {
            home: Home::take(runtime),
            thread: PhantomData,
        }
    }

    /// Makes it the loop that is at work on this thread, for as long as what it gives lives.
    pub(in super::super) fn own(&self) -> Owning {
        Owning(OWNER.with(|owner| owner.replace(Some(self.home))))
    }

    /// Tasks are run, or dropped, for as long as what it gives lives.
    pub(in super::super) fn work(&self, waker: Option<&Waker>) -> AtWork {
        let mine = &self.home.mine;
        mine.woken.set(false);
        if let Some(waker) = waker {
            let is_known = mine.waker.with_mut(|known| {
                // SAFETY: on this thread only.
                let known = unsafe { &*known };
                known.as_ref().is_some_and(|known| known.will_wake(waker))
            });
            if !is_known {
                self.listen(waker);
            }
        }
        AtWork(self.home, mine.at_work.replace(true))
    }

    /// From here on mail, and what wakes a task, wakes this.
    #[cold]
    fn listen(&self, waker: &Waker) {
        let new = Some(waker.clone());
        let known = &self.home.mine.waker;
        // SAFETY: on this thread only.
        let old = known.with_mut(|known| std::mem::replace(unsafe { &mut *known }, new));
        self.home.mailbox.listen(waker);
        drop(old);
    }

    /// What is to be done next, if it is in the queue.
    #[inline(always)]
    pub(in super::super) fn next(&self) -> Option<Step> {
        // SAFETY: on this thread.
        unsafe { self.home.with_queue(Line::pop) }
    }

    /// Puts mail into the queue, where that is empty: until then, who puts something in does it before. True if there
    /// is something now.
    #[inline(never)]
    pub(in super::super) fn refill(&self) -> bool {
        // SAFETY: on this thread.
        unsafe {
            let room = self.home.with_queue(Line::settle);
            if room != self.home.mailbox.room() {
                self.home.fetch();
            }
            self.home.with_queue(|queue| !queue.is_empty())
        }
    }

    /// Before the loop waits. True if there is something to do, after all.
    #[inline]
    pub(in super::super) fn settle(&self) -> bool {
        if self.home.mailbox.has_mail() {
            // It may say that an alarm is put off.
            // SAFETY: on this thread.
            unsafe { self.home.fetch() };
        }
        self.home.mine.alarms.settle(self.home)
    }

    /// Whether something has come from outside since the last turn began.
    #[inline]
    pub(in super::super) fn is_disturbed(&self) -> bool {
        self.home.mine.disturbed.get()
    }

    /// The same, as a turn begins.
    #[inline]
    pub(in super::super) fn was_disturbed(&self) -> bool {
        self.home.mine.disturbed.replace(false)
    }

    /// What time its alarms are waited for, if any is set.
    #[inline]
    pub(in super::super) fn first_alarm(&self) -> Option<Instant> {
        self.home.mine.alarms.first()
    }

    /// Whether this is the main task.
    #[inline]
    pub(in super::super) fn is_main(&self, task: &TaskRef) -> bool {
        self.home.mine.main.get() == task.lend().address()
    }

    /// Has a task polled that was in the queue, unless it has ended: `simply`, if there is nothing around its polls
    /// that is not around every one. True from there: it has ended now.
    #[inline(always)]
    pub(in super::super) fn unqueue(
        &self,
        task: Lent,
        simply: impl FnOnce(&TaskRef) -> bool,
        otherwise: impl FnOnce(&TaskRef) -> bool,
    ) {
        // SAFETY: the loop has a reference as long as it is in the queue, or lives, and gives it up when it neither is
        // nor does.
        unsafe {
            task.with(|task| match task.standing().unqueue() {
                Turn::Simple => Home::let_go_at_end(task, simply),
                Turn::Special => Home::let_go_at_end(task, otherwise),
                Turn::Over => Home::let_go(task),
            });
        }
    }

    /// Drops a task that is in the list.
    pub(in super::super) fn abandon(&self, task: &TaskRef) {
        let end = |task: &TaskRef| {
            if task.standing().lives() {
                // SAFETY: it is one of this loop's, which is at work on this thread, and no task is polled.
                unsafe { polling::abandon(task) };
            } else {
                // A panic came between the end of its body and this.
                // SAFETY: it is in the list.
                unsafe { task.leave_list() };
            }
            true
        };
        // SAFETY: this is the thread of its loop, and it has ended then.
        unsafe { Home::let_go_at_end(task, end) };
    }

    /// What is woken with the future that the loop was started with.
    pub(in super::super) fn driver(&self) -> Driver {
        Driver(TaskRef::marker(self.home))
    }

    pub(in super::super) fn tasks(&self) -> &'static LoopList {
        &self.home.tasks
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let mine = &self.home.mine;
        let what = "what an event loop dropped at its end";
        // While the mailbox is open: whoever finds it closed, to put an alarm off, finds what was kept of that.
        report::catch(what, || mine.alarms.clear(self.home));
        // SAFETY: on this thread only.
        let waker = mine.waker.with_mut(|waker| unsafe { (*waker).take() });
        let mail = self.home.mailbox.close();
        for mail in &mail {
            if let Mail::PutOff(alarm) = mail {
                self.home.known.forget(*alarm);
            }
        }
        self.home.tasks.set_runtime(None);
        report::catch(what, || drop((mail, waker)));
        self.home.give_back();
    }
}

/// Restores which loop is at work on this thread.
pub(in super::super) struct Owning(Option<&'static Home>);

impl Drop for Owning {
    fn drop(&mut self) {
        OWNER.with(|owner| owner.set(self.0));
    }
}

/// Tasks are run until it is dropped.
pub(in super::super) struct AtWork(&'static Home, bool);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.mine.at_work.set(self.1);
    }
}

/// Stands in the queue for the future that the loop was started with.
pub(in super::super) struct Driver(TaskRef);

impl Driver {
    pub(in super::super) fn task(&self) -> &TaskRef {
        &self.0
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.end_marker();
        if self.0.standing().is_queued() {
            std::mem::forget(self.0.clone()); // is the queue's
        }
    }
}
