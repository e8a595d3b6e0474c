//! Tasks as the model checker has them: the parts of a cell that its loop uses.

#[path = "../../src/tasks/cell/standing.rs"]
mod standing;

pub(crate) use standing::{Standing, Turn};

use crate::home::Home;
use loom::alloc::Track;
use loom::cell::UnsafeCell;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::mem::ManuallyDrop;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};
use tokio::runtime::Id;

pub(crate) struct Header;

/// A task is a function that is polled until it gives true.
pub(crate) trait Body: FnMut(&Waker) -> bool {}
impl<F: FnMut(&Waker) -> bool> Body for F {}

pub(crate) struct Task {
    references: AtomicUsize,
    /// As in a cell; the checker sees to it that no other thread touches it.
    standing: Standing,
    body: UnsafeCell<Option<Box<dyn Body>>>,
    called: AtomicBool,
    /// It is asked to end.
    asked: AtomicBool,
    home: &'static Home,
    /// Nobody has freed it. The memory is never given back, so that a use after that is seen.
    alive: std::sync::atomic::AtomicBool,
    /// If it is not freed, the checker says so.
    allocation: std::sync::Mutex<Option<Track<()>>>,
}

// SAFETY: the checker finds what is used by two threads at once.
unsafe impl Sync for Task {}
// SAFETY: as above.
unsafe impl Send for Task {}

pub(crate) struct TaskRef(&'static Task);

impl TaskRef {
    fn make(
        home: &'static Home,
        references: usize,
        standing: Standing,
        body: Option<Box<dyn Body>>,
    ) -> Self {
        TaskRef(Box::leak(Box::new(Task {
            references: AtomicUsize::new(references),
            standing,
            body: UnsafeCell::new(body),
            called: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            home,
            alive: std::sync::atomic::AtomicBool::new(true),
            allocation: std::sync::Mutex::new(Some(Track::new(()))),
        })))
    }

    pub(crate) unsafe fn of_loop<B: Body>(
        header: impl FnOnce() -> Header,
        home: &'static Home,
        queued: bool,
        body: impl FnOnce(&Header) -> B,
    ) -> Self {
        let body: Box<dyn Body + '_> = Box::new(body(&header()));
        // SAFETY: the caller promises that it is gone before what it borrows.
        let body = unsafe { std::mem::transmute::<Box<dyn Body + '_>, Box<dyn Body>>(body) };
        TaskRef::make(home, 2, Standing::new(queued, false), Some(body))
    }

    pub(crate) fn marker(home: &'static Home) -> Self {
        TaskRef::make(home, 1, Standing::new(false, true), None)
    }

    pub(crate) fn end_marker(&self) {
        self.task().standing.end();
    }

    fn task(&self) -> &'static Task {
        let alive = self.0.alive.load(Ordering::Relaxed);
        assert!(alive, "a task is used after it was freed");
        self.0
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.task().standing
    }

    pub(crate) fn called(&self) -> &AtomicBool {
        &self.task().called
    }

    pub(crate) fn is_cancel_due(&self) -> bool {
        self.task().asked.load(Ordering::Acquire)
    }

    /// From any thread but that of the loop, or outside of its methods.
    pub(crate) fn cancel(&self) {
        self.task().asked.store(true, Ordering::Release);
        self.wake();
    }

    pub(crate) fn lend(&self) -> Lent {
        Lent(self.task())
    }

    pub(crate) fn wake(&self) {
        self.task().home.wake(self);
    }

    pub(crate) fn waker(&self) -> Waker {
        let data = std::ptr::from_ref(self.clone().into_task()).cast();
        // SAFETY: the table's functions take counted references for what they are.
        unsafe { Waker::new(data, &WAKER) }
    }

    fn into_task(self) -> &'static Task {
        ManuallyDrop::new(self).0
    }

    pub(crate) unsafe fn enter_list(&self) {
        self.task().home.tasks().0.lock().unwrap().push(self.0);
    }

    pub(crate) unsafe fn leave_list(&self) {
        let mut tasks = self.task().home.tasks().0.lock().unwrap();
        let place = tasks.iter().position(|task| std::ptr::eq(*task, self.0));
        tasks.remove(place.expect("it is in the list"));
    }

    /// Some once it has left the list.
    pub(crate) fn ended(&self) -> Option<()> {
        (!self.standing().lives()).then_some(())
    }

    /// Drops the body, as the end of a poll does.
    fn end(&self) {
        let task = self.task();
        task.standing.end();
        // SAFETY: the checker finds whoever has it at the same time.
        drop(task.body.with_mut(|body| unsafe { (*body).take() }));
        // SAFETY: it is in there.
        unsafe { self.leave_list() };
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        self.task().references.fetch_add(1, Ordering::Relaxed);
        TaskRef(self.0)
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        let task = self.task();
        if task.references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            let body = task.body.with(|body| {
                // SAFETY: as above.
                unsafe { (*body).is_some() }
            });
            assert!(!body, "a task is freed that was not ended");
            task.alive.store(false, Ordering::Relaxed);
            drop(task.allocation.lock().unwrap().take());
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Lent(&'static Task);

impl Lent {
    pub(crate) const ALIGN: usize = align_of::<Task>();

    pub(crate) fn address(self) -> *const () {
        std::ptr::from_ref(self.0).cast()
    }

    pub(crate) unsafe fn at(address: *const ()) -> Self {
        // SAFETY: the memory of tasks is never given back.
        Lent(unsafe { &*address.cast::<Task>() })
    }

    pub(crate) unsafe fn with<R>(self, f: impl FnOnce(&TaskRef) -> R) -> R {
        f(&ManuallyDrop::new(TaskRef(self.0)))
    }

    pub(crate) unsafe fn into_counted(self) -> TaskRef {
        TaskRef(self.0)
    }
}

/// Tasks have none in these models.
pub(crate) struct TaskId;

pub(crate) struct Numbers;

impl Numbers {
    pub(crate) fn none() -> Self {
        Numbers
    }

    pub(crate) fn next(&self) -> TaskId {
        TaskId
    }

    pub(crate) fn forget(&self) {}
}

pub(crate) struct LoopList(Mutex<Vec<&'static Task>>);

impl LoopList {
    pub(crate) fn new() -> Self {
        LoopList(Mutex::new(Vec::new()))
    }

    pub(crate) fn set_runtime(&self, _: Option<Id>) {}

    pub(crate) fn last(&self) -> Option<TaskRef> {
        let last = self.0.lock().unwrap().last().copied();
        // It is in the list, so it is alive; the reference here is none that is counted.
        last.map(|task| TaskRef::clone(&ManuallyDrop::new(TaskRef(task))))
    }
}

pub(crate) mod polling {
    use super::{Context, TaskRef};

    /// True once it has ended.
    pub(crate) fn poll(task: &TaskRef) -> bool {
        let waker = task.waker();
        let ended = task.task().body.with_mut(|body| {
            // SAFETY: the checker finds whoever has it at the same time.
            let body = unsafe { &mut *body };
            body.as_mut().is_some_and(|body| body(&waker))
        });
        if ended {
            task.end();
        }
        ended
    }

    /// As [`poll`], in a special turn, which looks whether the task is asked to end.
    pub(crate) fn poll_specially(task: &TaskRef) -> bool {
        let ends = task.is_cancel_due();
        if ends {
            task.end();
        }
        ends || poll(task)
    }

    pub(crate) unsafe fn poll_with_all(task: &TaskRef, _: &mut Context<'_>) -> bool {
        poll_specially(task)
    }

    pub(crate) unsafe fn abandon(task: &TaskRef) {
        task.end();
    }
}

static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, forget);

fn borrowed(data: *const ()) -> ManuallyDrop<TaskRef> {
    // SAFETY: it is a task's, whose memory is never given back.
    ManuallyDrop::new(TaskRef(unsafe { &*data.cast::<Task>() }))
}

unsafe fn clone(data: *const ()) -> RawWaker {
    let _ = TaskRef::clone(&borrowed(data)).into_task();
    RawWaker::new(data, &WAKER)
}

unsafe fn wake(data: *const ()) {
    ManuallyDrop::into_inner(borrowed(data)).wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    borrowed(data).wake();
}

unsafe fn forget(data: *const ()) {
    drop(ManuallyDrop::into_inner(borrowed(data)));
}
