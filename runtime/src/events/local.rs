//! The single-threaded loop: a first-in, first-out executor inside of one future.

use super::callback::Callback;
use slab::Slab;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// How many tasks run before Tokio's driver gets its turn to look for timers and I/O.
const TICK: usize = 128;

/// A task of the loop; it is never moved to another thread.
type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static LOOP: RefCell<Option<Rc<LocalLoop>>> = const { RefCell::new(None) };
}

/// The loop of this thread.
pub(crate) struct LocalLoop {
    tasks: RefCell<Slab<Entry>>,
    ready: Arc<Ready>,
}

struct Entry {
    /// `None` while it is polled.
    task: Option<LocalTask>,
    waker: Arc<TaskWaker>,
}

/// What is to be done next, shared with the wakers of the tasks and with other threads.
#[derive(Default)]
pub(super) struct Ready(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    queue: VecDeque<Step>,
    /// Wakes the loop when it waits.
    waker: Option<Waker>,
    /// The loop is gone.
    closed: bool,
}

/// Something to be done.
enum Step {
    Poll(Arc<TaskWaker>),
    Call(Arc<Callback>),
}

/// A place in the slab, as a waker. `MAIN` is the future that the loop was started with.
struct TaskWaker {
    key: usize,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

const MAIN: usize = usize::MAX;

impl Ready {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, step: Step) -> bool {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return false;
        }
        state.queue.push_back(step);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Calls it after everything that is ready now. False if the loop is gone.
    pub(super) fn call(&self, callback: Arc<Callback>) -> bool {
        self.push(Step::Call(callback))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            let ready = Arc::clone(&self.ready);
            ready.push(Step::Poll(self));
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.push(Step::Poll(Arc::clone(self)));
        }
    }
}

impl LocalLoop {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(LocalLoop {
            tasks: RefCell::default(),
            ready: Arc::default(),
        })
    }

    /// Adds a task; it is first polled after everything that is ready now.
    fn spawn(&self, task: LocalTask) {
        let mut tasks = self.tasks.borrow_mut();
        let slot = tasks.vacant_entry();
        let waker = self.waker(slot.key());
        slot.insert(Entry {
            task: Some(task),
            waker: Arc::clone(&waker),
        });
        drop(tasks);
        waker.wake();
    }

    fn waker(&self, key: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            key,
            queued: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        })
    }

    /// Runs `main` and all tasks until `main` is done; `main` is a task among the others.
    pub(crate) async fn run<F: Future>(self: Rc<Self>, main: F) -> F::Output {
        let mut main = std::pin::pin!(main);
        let main_waker = self.waker(MAIN);
        Arc::clone(&main_waker).wake();
        std::future::poll_fn(|cx| {
            let _entered = Entered::enter(Rc::clone(&self));
            self.turn(cx, |cx| main.as_mut().poll(cx))
        })
        .await
    }

    /// One turn: some tasks, then back to the driver.
    fn turn<R>(
        &self,
        cx: &mut Context<'_>,
        mut main: impl FnMut(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        for _ in 0..TICK {
            match self.next(cx.waker()) {
                None => return Poll::Pending,
                Some(Step::Call(callback)) => callback.run(),
                Some(Step::Poll(task)) if task.key == MAIN => {
                    let waker = Waker::from(task);
                    if let Poll::Ready(value) = main(&mut Context::from_waker(&waker)) {
                        return Poll::Ready(value);
                    }
                }
                Some(Step::Poll(task)) => self.poll_task(&task),
            }
            // Tokio's budget is for all tasks of a turn: without any left its leaves only say Pending.
            if !tokio::task::coop::has_budget_remaining() {
                break;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn next(&self, loop_waker: &Waker) -> Option<Step> {
        let mut state = self.ready.lock();
        match state.queue.pop_front() {
            Some(step) => {
                drop(state);
                if let Step::Poll(task) = &step {
                    // A wake-up from here on means another poll.
                    task.queued.store(false, Ordering::Release);
                }
                Some(step)
            }
            None => {
                let old = state.waker.replace(loop_waker.clone());
                drop(state);
                drop(old);
                None
            }
        }
    }

    fn poll_task(&self, waker: &Arc<TaskWaker>) {
        let taken = match self.tasks.borrow_mut().get_mut(waker.key) {
            // The place may be another task's by now.
            Some(entry) if Arc::ptr_eq(&entry.waker, waker) => entry.task.take(),
            _ => None,
        };
        let Some(mut task) = taken else { return };
        let done = task
            .as_mut()
            .poll(&mut Context::from_waker(&Waker::from(Arc::clone(waker))));
        if done.is_pending() {
            if let Some(entry) = self.tasks.borrow_mut().get_mut(waker.key) {
                entry.task = Some(task);
            }
            return;
        }
        let entry = self.tasks.borrow_mut().try_remove(waker.key);
        drop((entry, task)); // may run anything, spawn among it
    }

    /// Drops every task that is left.
    pub(crate) fn clear(self: &Rc<Self>) {
        let _entered = Entered::enter(Rc::clone(self));
        loop {
            let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
            if tasks.is_empty() {
                break;
            }
            drop(tasks);
        }
        let queue = std::mem::take(&mut self.ready.lock().queue);
        drop(queue);
    }
}

impl Drop for LocalLoop {
    fn drop(&mut self) {
        let mut state = self.ready.lock();
        state.closed = true;
        let left = (std::mem::take(&mut state.queue), state.waker.take());
        drop(state);
        drop(left);
    }
}

/// Makes a loop the one of this thread, for as long as it lives.
struct Entered(Option<Rc<LocalLoop>>);

impl Entered {
    fn enter(this: Rc<LocalLoop>) -> Self {
        Entered(LOOP.with(|cell| cell.borrow_mut().replace(this)))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let inner = LOOP.try_with(|cell| std::mem::replace(&mut *cell.borrow_mut(), self.0.take()));
        drop(inner);
    }
}

fn current() -> Option<Rc<LocalLoop>> {
    LOOP.try_with(|cell| cell.borrow().clone()).ok().flatten()
}

/// The queue of the loop that this code runs on.
pub(super) fn current_ready() -> Option<Arc<Ready>> {
    let current = current().filter(|_| on_local_loop())?;
    Some(Arc::clone(&current.ready))
}

/// Whether this code runs on a loop of ours, and not in a task of Tokio's on the same thread.
pub(crate) fn on_local_loop() -> bool {
    tokio::task::try_id().is_none()
        && LOOP
            .try_with(|cell| cell.borrow().is_some())
            .unwrap_or(false)
}

/// Runs a future on the loop of this thread; drops it where there is none.
pub(crate) fn spawn(task: LocalTask) {
    let _ = spawn_internal(task);
}

/// The same; gives the future back where there is no loop.
pub(crate) fn spawn_internal(task: LocalTask) -> Result<(), LocalTask> {
    match current().filter(|_| on_local_loop()) {
        Some(current) => {
            current.spawn(task);
            Ok(())
        }
        None => Err(task),
    }
}
