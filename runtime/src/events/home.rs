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
//! home goes from one loop to the next that is under the lock of [`HOMES`], so that the next one sees all
//! that the last one did. Code that is not ours never runs while the queue is borrowed.
//!
//! The queue does not count references. A task is put in there only while it lives, when the loop has a
//! reference; that is given up when the task neither lives nor is in the queue.
#![allow(unsafe_code)]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "where a place is reached by a pointer, and used, one reason holds for both"
)]

use super::alarms::{Alarms, Key};
use super::callback::Callback;
use super::line::Line;
use super::mailbox::Mailbox;
use crate::scope::report;
use crate::tasks::{Body, Header, Lent, LoopList, TaskRef, polling};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use tokio::runtime::Id;

thread_local! {
    /// The loop that is at work on this thread.
    static OWNER: Cell<Option<&'static Home>> = const { Cell::new(None) };
}

static HOMES: Mutex<Homes> = Mutex::new(Homes {
    all: Vec::new(),
    free: Vec::new(),
});

struct Homes {
    all: Vec<&'static Home>,
    free: Vec<&'static Home>,
}

fn homes() -> MutexGuard<'static, Homes> {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a loop shares with its tasks and with other threads.
pub(crate) struct Home {
    mailbox: Mailbox<Mail>,
    /// The tasks of the loop that have not ended.
    tasks: LoopList,
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
    /// One for a new loop.
    pub(super) fn take(runtime: Id) -> &'static Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut homes = homes();
        let home = homes.free.pop().unwrap_or_else(|| {
            let home = Box::leak(Box::new(Home {
                mailbox: Mailbox::new(),
                tasks: LoopList::new(),
                mine: Mine {
                    queue: UnsafeCell::new(Line::new()),
                    waker: UnsafeCell::default(),
                    at_work: Cell::new(false),
                    woken: Cell::new(false),
                    alarms: Alarms::new(),
                },
            }));
            homes.all.push(home);
            home
        });
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        home.tasks.set_runtime(Some(runtime));
        home.mailbox.open(number);
        home
    }

    /// Shows `f` all there are.
    pub(crate) fn each(f: impl FnMut(&'static Home)) {
        let all = homes().all.clone();
        all.into_iter().for_each(f);
    }

    /// The tasks of the loop that have not ended.
    #[inline]
    pub(crate) fn tasks(&self) -> &LoopList {
        &self.tasks
    }

    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        OWNER.get().is_some_and(|owner| std::ptr::eq(owner, self))
    }

    /// Has a task of the loop polled.
    #[inline]
    pub(crate) fn wake(&'static self, task: &TaskRef) {
        if !self.is_here() {
            // SAFETY: the task is alive for the time of the call.
            return unsafe { self.wake_from_outside(task.lend()) };
        }
        if task.lives() && !task.queued().replace(true) {
            // SAFETY: this thread is the one of the loop.
            unsafe { self.push(Step::Poll(task.lend())) };
        }
    }

    // By value, so that the quick way needs no place in memory.
    /// # Safety
    ///
    /// The task must be alive.
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
        // SAFETY: on this thread only, and nobody else borrows it now.
        let queue = unsafe { &mut *self.mine.queue.get() };
        if self.mailbox.has_mail() || queue.is_full() {
            // SAFETY: passed on to the caller.
            return unsafe { self.push_slowly(step) };
        }
        queue.push(step);
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
        // SAFETY: on this thread only, and nobody else borrows it now.
        unsafe { &mut *self.mine.queue.get() }.push_growing(step);
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
        if !self.mine.woken.replace(true) {
            // SAFETY: on this thread only. It is cloned, as what it calls may come back here.
            let waker = unsafe { &*self.mine.waker.get() }.clone();
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
        let refused = self.mailbox.put(None, Mail::PutOff(alarm));
        drop(refused);
    }

    /// Puts the mail at the end of the queue.
    ///
    /// # Safety
    ///
    /// On the thread of the loop.
    #[cold]
    unsafe fn fetch(&'static self) {
        for mail in self.mailbox.take() {
            let step = match mail {
                Mail::Call(callback) => Step::Call(callback),
                Mail::PutOff(alarm) => {
                    drop(self.mine.alarms.remove(alarm));
                    continue;
                }
                Mail::Poll(task) => {
                    task.called().swap(false, Ordering::AcqRel);
                    if !task.lives() || task.queued().replace(true) {
                        continue;
                    }
                    Step::Poll(task.lend()) // of which the loop has a reference
                }
            };
            // SAFETY: on this thread only, and nobody else borrows it now.
            unsafe { &mut *self.mine.queue.get() }.push_growing(step);
        }
    }
}

/// A loop's right to its home.
pub(super) struct Owned {
    home: &'static Home,
    /// It stays on its thread.
    thread: PhantomData<*const ()>,
}

impl Owned {
    pub(super) fn new(runtime: Id) -> Self {
        Owned {
            home: Home::take(runtime),
            thread: PhantomData,
        }
    }

    /// Makes it the loop that is at work on this thread, for as long as what it gives lives.
    pub(super) fn own(&self) -> Owning {
        Owning(OWNER.replace(Some(self.home)))
    }

    /// Tasks are run, or dropped, for as long as what it gives lives.
    pub(super) fn work(&self, waker: Option<&Waker>) -> AtWork {
        let mine = &self.home.mine;
        mine.woken.set(false);
        if let Some(waker) = waker {
            // SAFETY: on this thread only.
            let known = unsafe { &mut *mine.waker.get() };
            if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
                let old = known.replace(waker.clone());
                self.home.mailbox.listen(waker);
                drop(old);
            }
        }
        AtWork(self.home, mine.at_work.replace(true))
    }

    /// What is to be done next.
    #[inline]
    pub(super) fn next(&self) -> Option<Step> {
        if self.home.mailbox.has_mail() {
            // SAFETY: on this thread.
            unsafe { self.home.fetch() };
        }
        // SAFETY: on this thread only, and nobody else borrows it now.
        unsafe { &mut *self.home.mine.queue.get() }.pop()
    }

    /// Before the loop waits. True if there is something to do, after all.
    #[inline]
    pub(super) fn settle(&self) -> bool {
        self.home.mine.alarms.settle(self.home)
    }

    /// Runs `f` with a task that was in the queue and lives. True from `f`: it lives no more.
    #[inline]
    pub(super) fn unqueue(&self, task: Lent, f: impl FnOnce(&TaskRef) -> bool) {
        // SAFETY: the loop has a reference as long as it is in the queue, or lives.
        let ended = unsafe {
            task.with(|task| {
                task.queued().set(false);
                let ended = !task.lives() || f(task);
                ended && !task.queued().get()
            })
        };
        if ended {
            // SAFETY: it neither lives nor is in the queue, so the loop gives up its reference.
            drop(unsafe { task.into_counted() });
        }
    }

    /// Drops a task that is in the list.
    pub(super) fn abandon(&self, task: &TaskRef) {
        if task.lives() {
            // SAFETY: it is one of this loop's, which is at work on this thread, and no task is polled.
            unsafe { polling::abandon(task) };
        } else {
            // A panic came between the end of its body and this.
            // SAFETY: it is in the list.
            unsafe { task.leave_list() };
        }
        if !task.queued().get() {
            // SAFETY: as in `unqueue`.
            drop(unsafe { task.lend().into_counted() });
        }
    }

    /// What is waited for with the future that the loop was started with.
    pub(super) fn main(&self) -> Main {
        Main(TaskRef::marker(self.home))
    }

    pub(super) fn tasks(&self) -> &'static LoopList {
        &self.home.tasks
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let mine = &self.home.mine;
        // SAFETY: on this thread only.
        let waker = unsafe { &mut *mine.waker.get() }.take();
        let mail = self.home.mailbox.close();
        self.home.tasks.set_runtime(None);
        report::catch("what an event loop dropped at its end", || {
            drop((mail, waker));
            mine.alarms.clear();
        });
        homes().free.push(self.home);
    }
}

/// Restores which loop is at work on this thread.
pub(super) struct Owning(Option<&'static Home>);

impl Drop for Owning {
    fn drop(&mut self) {
        OWNER.set(self.0);
    }
}

/// Tasks are run until it is dropped.
pub(super) struct AtWork(&'static Home, bool);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.mine.at_work.set(self.1);
    }
}

/// Stands in the queue for the future that the loop was started with.
pub(super) struct Main(TaskRef);

impl Main {
    pub(super) fn task(&self) -> &TaskRef {
        &self.0
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        self.0.end_marker();
        if self.0.queued().get() {
            std::mem::forget(self.0.clone()); // is the queue's
        }
    }
}

/// The loop that this code runs on, not being in a task of Tokio's.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    home: &'static Home,
    thread: PhantomData<*const ()>,
}

impl Here {
    #[inline]
    pub(crate) fn find() -> Option<Self> {
        let home = OWNER.get().filter(|home| home.mine.at_work.get())?;
        if tokio::task::try_id().is_some() {
            return None;
        }
        Some(Here {
            home,
            thread: PhantomData,
        })
    }

    /// Adds a task; it is first polled after everything that is ready now.
    #[inline(always)]
    pub(crate) fn spawn<B: Body + 'static>(
        self,
        header: impl FnOnce() -> Header,
        body: impl FnOnce(&Header) -> B,
    ) -> TaskRef {
        let task = self.add(header, true, body);
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
        let task = self.add(header, false, body);
        let mut ended = false;
        first(&mut |cx| {
            // SAFETY: it lives, and was not polled before.
            ended |= !ended && unsafe { polling::poll_with_all(&task, cx) };
        });
        if !ended {
            self.home.wake(&task);
        } else if !task.queued().get() {
            // SAFETY: it neither lives nor is in the queue, where it may be as it was cancelled meanwhile.
            drop(unsafe { task.lend().into_counted() });
        }
        task
    }

    #[inline(always)]
    fn add<B: Body + 'static>(
        self,
        header: impl FnOnce() -> Header,
        queued: bool,
        body: impl FnOnce(&Header) -> B,
    ) -> TaskRef {
        // SAFETY: this is the thread of the loop, whose reference is in `unqueue`.
        let task = unsafe { TaskRef::of_loop(header, self.home, queued, body) };
        // SAFETY: it is removed at the end of the body, before the loop gives up its reference.
        unsafe { task.enter_list() };
        task
    }

    #[inline]
    pub(super) fn alarms(self) -> &'static Alarms {
        &self.home.mine.alarms
    }

    #[inline]
    pub(super) fn home(self) -> &'static Home {
        self.home
    }

    /// Its name for other threads.
    pub(super) fn handle(self) -> LoopRef {
        let number = self.home.mailbox.opened_for().unwrap_or(u64::MAX);
        LoopRef {
            home: self.home,
            number,
        }
    }
}

/// A loop, which may be gone.
#[derive(Clone, Copy)]
pub(super) struct LoopRef {
    home: &'static Home,
    number: u64,
}

impl LoopRef {
    /// Calls it after everything that is ready now. False if the loop is gone.
    pub(super) fn call(&self, callback: Arc<Callback>) -> bool {
        if self.home.is_here() && !self.is_closed() {
            // SAFETY: on the thread of the loop.
            unsafe { self.home.push(Step::Call(callback)) };
            return true;
        }
        let mail = Mail::Call(callback);
        self.home.mailbox.put(Some(self.number), mail).is_ok()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.home.mailbox.opened_for() != Some(self.number)
    }

    /// Whether it is the loop that this code runs on.
    pub(super) fn is_here(&self) -> bool {
        Here::find().is_some_and(|here| std::ptr::eq(here.home, self.home)) && !self.is_closed()
    }
}
