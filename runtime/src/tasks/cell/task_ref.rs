//! What references to a task give access to.

use super::{Head, Lent, Standing, TaskRef};
use crate::outcome::Outcome;
use crate::tasks::header::{Ended, Header};
use crate::tasks::join::{Finished, Join};
use crate::tasks::list::Links;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::Context;
use tokio::runtime::Id;

impl TaskRef {
    /// Another reference.
    ///
    /// # Safety
    ///
    /// The task must be alive.
    #[inline]
    pub(in crate::tasks) unsafe fn counted(task: NonNull<Head>) -> Self {
        // SAFETY: the caller promises it; this reference is not dropped.
        let borrowed = ManuallyDrop::new(TaskRef(task));
        TaskRef::clone(&borrowed)
    }

    #[inline]
    pub(super) fn head(&self) -> &Head {
        // SAFETY: the cell lives as long as there is a reference.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(in crate::tasks) fn links(&self) -> &Links {
        self.head().links()
    }

    #[inline]
    pub(in crate::tasks) fn pointer(&self) -> NonNull<Head> {
        self.0
    }

    /// Whether these are the same.
    #[inline]
    pub(crate) fn is(&self, other: &TaskRef) -> bool {
        self.0 == other.0
    }

    /// The same reference, not counted.
    #[inline]
    pub(crate) fn lend(&self) -> Lent {
        Lent(self.0)
    }

    /// Whether a loop of ours polls it.
    #[inline]
    pub(crate) fn is_on_loop(&self) -> bool {
        self.head().home.is_some()
    }

    /// The runtime it is of.
    pub(crate) fn runtime(&self) -> Option<Id> {
        // SAFETY: the table is the one of this cell's type.
        unsafe { (self.head().table.runtime)(self) }
    }

    /// How it stands with its loop, for that.
    #[inline]
    pub(crate) fn standing(&self) -> &Standing {
        &self.head().standing
    }

    /// Whether it is in the inbox of its loop.
    #[inline]
    pub(crate) fn called(&self) -> &AtomicBool {
        &self.head().called
    }

    /// Polls the body. Gives how it ended once it is gone, and the outcome in its place: then the task has to
    /// be [concluded](crate::tasks::polling::conclude).
    ///
    /// # Safety
    ///
    /// There must be one; for whoever runs the task, and not from inside of the body.
    #[inline]
    pub(in crate::tasks) unsafe fn run(&self, cx: &mut Context<'_>) -> Option<Ended> {
        // SAFETY: the table is the one of this cell's type, the rest is passed on to the caller.
        unsafe { (self.head().table.run)(self, cx) }
    }

    /// As [`run`](Self::run) in a [simple turn](super::Turn::Simple).
    ///
    /// # Safety
    ///
    /// As [`run`](Self::run); for its loop, which has it in such a turn.
    #[inline]
    pub(in crate::tasks) unsafe fn run_simply(&self, cx: &mut Context<'_>) -> Option<Ended> {
        // SAFETY: the table is the one of this cell's type, the rest is passed on to the caller.
        unsafe { (self.head().table.run_simply)(self, cx) }
    }

    /// Ends and drops the body; the outcome is in its place.
    ///
    /// # Safety
    ///
    /// As [`run`](Self::run).
    pub(in crate::tasks) unsafe fn abandon(&self) -> Ended {
        // SAFETY: as above.
        unsafe { (self.head().table.abandon)(self) }
    }

    /// Puts the outcome in its place, and says how the task ended.
    ///
    /// # Safety
    ///
    /// Of a task of this type, once, with nothing in the stage; for whoever runs the task.
    #[inline(always)]
    pub(in crate::tasks) unsafe fn put<T>(&self, outcome: Outcome<T>) -> Ended {
        let ended = Ended::of(&outcome);
        // SAFETY: the place is this side's until it is delivered, and nothing is in it.
        unsafe { self.outcome::<T>().write(outcome) };
        ended
    }

    /// Delivers the outcome.
    ///
    /// # Safety
    ///
    /// It is in its place, and such that the task ended like this; for whoever runs the task, once.
    #[inline]
    pub(in crate::tasks) unsafe fn deliver(&self, ended: Ended) -> Finished {
        // SAFETY: the caller runs the task.
        unsafe { self.join().finish(ended as usize) }
    }

    /// Wakes whoever awaits the outcome, or drops it if nobody will retrieve it.
    ///
    /// # Safety
    ///
    /// For whoever runs the task, once, with what `deliver` gave.
    pub(in crate::tasks) unsafe fn delivered(&self, finished: Finished) {
        // SAFETY: passed on to the caller.
        unsafe { self.join().wake(finished) };
        if finished.is_detached() {
            // SAFETY: the table is the one of this cell's type; the outcome stays with this side.
            unsafe { (self.head().table.lose)(self) };
        }
    }

    /// Takes the outcome out.
    ///
    /// # Safety
    ///
    /// Of a task of this type; for the owner of the `Task`, with `Join::has_outcome`.
    #[inline]
    pub(in crate::tasks) unsafe fn take_outcome<T>(&self) -> Outcome<T> {
        // SAFETY: passed on to the caller.
        unsafe { self.join().set_taken() };
        // SAFETY: as above; it is not read again.
        unsafe { self.outcome::<T>().read() }
    }

    /// The outcome, to look at.
    ///
    /// # Safety
    ///
    /// As [`take_outcome`](Self::take_outcome), and it must not be taken out meanwhile.
    pub(in crate::tasks) unsafe fn outcome_ref<T>(&self) -> &Outcome<T> {
        // SAFETY: passed on to the caller.
        unsafe { &*self.outcome::<T>() }
    }

    fn join(&self) -> &Join {
        &self.head().header.join
    }

    /// # Safety
    ///
    /// Of a task of this type.
    #[inline]
    pub(super) unsafe fn outcome<T>(&self) -> *mut Outcome<T> {
        let offset = self.head().table.outcome;
        // SAFETY: the stage is there, in the cell's memory; all its fields are at its beginning.
        unsafe { self.0.as_ptr().byte_add(offset) }.cast()
    }
}

impl Deref for TaskRef {
    type Target = Header;

    #[inline]
    fn deref(&self) -> &Header {
        &self.head().header
    }
}

impl Clone for TaskRef {
    #[inline]
    fn clone(&self) -> Self {
        let before = self.head().references.fetch_add(1, Ordering::Relaxed);
        if before > u32::MAX / 2 {
            std::process::abort(); // references were forgotten; the count must not begin anew
        }
        TaskRef(self.0)
    }
}

impl Drop for TaskRef {
    #[inline]
    fn drop(&mut self) {
        let head = self.head();
        if head.references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            let free = head.table.free;
            // SAFETY: the table is the one of this cell's type; this was the last reference.
            unsafe { free(self.0) };
        }
    }
}

impl std::fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl Lent {
    pub(crate) const ALIGN: usize = align_of::<Head>();

    /// The task as a word.
    #[inline]
    pub(crate) fn address(self) -> *const () {
        self.0.as_ptr().cast_const().cast()
    }

    /// The other way round.
    ///
    /// # Safety
    ///
    /// It comes from [`address`](Self::address).
    #[inline]
    pub(crate) unsafe fn at(address: *const ()) -> Self {
        // SAFETY: passed on to the caller; it is never null.
        Lent(unsafe { NonNull::new_unchecked(address.cast_mut().cast()) })
    }

    /// # Safety
    ///
    /// The task must be alive, and stay so while the reference is used.
    #[inline]
    pub(crate) unsafe fn with<R>(self, f: impl FnOnce(&TaskRef) -> R) -> R {
        let task = ManuallyDrop::new(TaskRef(self.0));
        f(&task)
    }

    /// Makes the reference of the loop one that is counted as usual.
    ///
    /// # Safety
    ///
    /// It must be the loop's to give.
    #[inline]
    pub(crate) unsafe fn into_counted(self) -> TaskRef {
        TaskRef(self.0)
    }
}
