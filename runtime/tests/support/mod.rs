//! What the tests of the primitives share: a loop that runs tasks in asyncio's order and drops one of
//! them at a chosen moment, and threads that give up waiting at random.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A single-threaded executor: what is woken first runs first, as in asyncio.
#[derive(Default)]
pub(crate) struct Loop {
    tasks: Vec<Task>,
    ready: Arc<Mutex<VecDeque<usize>>>,
    victim: Option<(usize, Moment)>,
}

struct Task {
    /// `None` once it is done or cancelled.
    body: Option<Pin<Box<dyn Future<Output = ()>>>>,
    waker: Arc<TaskWaker>,
    polls: usize,
    done: bool,
}

struct TaskWaker {
    task: usize,
    queued: AtomicBool,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            self.ready.lock().unwrap().push_back(self.task);
        }
    }
}

/// When the victim is dropped.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Woken for its `n`-th poll, and not polled any more.
    Before(usize),
    /// Straight after its `n`-th poll.
    After(usize),
}

impl Loop {
    pub(crate) fn new() -> Self {
        Loop::default()
    }

    /// Adds a task that runs from the next turn on.
    pub(crate) fn spawn(&mut self, body: impl Future<Output = ()> + 'static) -> usize {
        let waker = Arc::new(TaskWaker {
            task: self.tasks.len(),
            queued: AtomicBool::new(false),
            ready: self.ready.clone(),
        });
        waker.clone().wake();
        self.tasks.push(Task {
            body: Some(Box::pin(body)),
            waker,
            polls: 0,
            done: false,
        });
        self.tasks.len() - 1
    }

    /// As `spawn`, with a log of what the task gave.
    pub(crate) fn spawn_into<T: 'static>(
        &mut self,
        log: &Log<T>,
        body: impl Future<Output = T> + 'static,
    ) -> usize {
        let log = log.clone();
        self.spawn(async move { log.push(body.await) })
    }

    /// One iteration of the event loop: polls those who are ready now.
    pub(crate) fn tick(&mut self) {
        let ready = std::mem::take(&mut *self.ready.lock().unwrap());
        for task in ready {
            self.step(task);
        }
    }

    /// Runs until nobody is ready.
    pub(crate) fn run(&mut self) {
        for _ in 0..10_000 {
            if self.ready.lock().unwrap().is_empty() {
                return;
            }
            self.tick();
        }
        panic!("the tasks keep waking each other");
    }

    /// Drops a task.
    pub(crate) fn cancel(&mut self, task: usize) {
        self.tasks[task].body = None;
    }

    pub(crate) fn done(&self, task: usize) -> bool {
        self.tasks[task].done
    }

    /// How often a task was polled.
    pub(crate) fn polls(&self, task: usize) -> usize {
        self.tasks[task].polls
    }

    fn step(&mut self, index: usize) {
        let doomed = self.victim.filter(|(victim, _)| *victim == index);
        let task = &mut self.tasks[index];
        task.waker.queued.store(false, Ordering::SeqCst);
        if let Some((_, Moment::Before(n))) = doomed
            && n == task.polls + 1
        {
            task.body = None;
        }
        let Some(body) = &mut task.body else { return };
        task.polls += 1;
        let waker = Waker::from(task.waker.clone());
        if body
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            task.done = true;
            task.body = None;
        }
        if let Some((_, Moment::After(n))) = doomed
            && n == task.polls
        {
            task.body = None;
        }
    }
}

/// Runs a scenario once for each moment at which one of its tasks, the victim, can be dropped. `setup`
/// spawns the tasks and names the victim; then all of them run until nobody is ready. Everybody but
/// the victim has to be done by then. `check` is told whether the victim was done.
///
/// Gives the number of moments.
pub(crate) fn cancel_at_every_poll<S>(
    setup: impl Fn(&mut Loop) -> (usize, S),
    check: impl Fn(S, bool),
) -> usize {
    let moments = (1..).flat_map(|n| [Moment::Before(n), Moment::After(n)]);
    for (count, moment) in moments.enumerate() {
        let mut event_loop = Loop::new();
        let (victim, state) = setup(&mut event_loop);
        event_loop.victim = Some((victim, moment));
        event_loop.run();
        for (index, task) in event_loop.tasks.iter().enumerate() {
            assert!(
                task.done || index == victim,
                "task {index} is stuck when {victim} is dropped {moment:?}"
            );
        }
        let done = event_loop.done(victim);
        // What the check looks at must not be held by a task.
        drop(event_loop);
        check(state, done);
        if done {
            return count;
        }
    }
    unreachable!()
}

/// What the tasks of a loop wrote, in order.
pub(crate) struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Log<T> {
    pub(crate) fn new() -> Self {
        Log(Rc::default())
    }

    pub(crate) fn push(&self, entry: T) {
        self.0.borrow_mut().push(entry);
    }

    pub(crate) fn take(&self) -> Vec<T> {
        self.0.take()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Log(self.0.clone())
    }
}

/// One turn for everybody else: `asyncio.sleep(0)`.
pub(crate) async fn turn() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) async fn turns(n: usize) {
    for _ in 0..n {
        turn().await;
    }
}

/// What one poll gives; the future must not be one that needs to be woken.
pub(crate) fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let count = Arc::new(Count::default());
        (count.clone(), count.into())
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Small random numbers, the same in each run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }
}

/// Blocks the thread until the future is done, or in one of three calls gives up after a moment, with
/// the future registered somewhere, and drops it: the races of cancellation.
pub(crate) fn block_or_give_up<F: Future>(random: &mut Random, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    if random.below(3) > 0 {
        return Some(futures::executor::block_on(future));
    }
    let value = poll_once(future.as_mut());
    for _ in 0..random.below(4) {
        std::thread::yield_now();
    }
    value
}

/// Runs `work` on `threads` threads at once; panics if they are not done within a minute.
pub(crate) fn on_threads(
    threads: usize,
    work: impl Fn(usize, &mut Random) + Send + Sync + 'static,
) {
    let work = Arc::new(work);
    let (done, all_done) = std::sync::mpsc::channel();
    for index in 0..threads {
        let (work, done) = (work.clone(), done.clone());
        std::thread::spawn(move || {
            work(index, &mut Random::new(index as u64 + 1));
            done.send(()).unwrap();
        });
    }
    drop(done);
    for _ in 0..threads {
        all_done
            .recv_timeout(std::time::Duration::from_secs(60))
            .expect("a thread hangs, or has panicked");
    }
}
