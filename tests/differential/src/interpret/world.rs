//! What the parts of a running program share: its objects, its tasks by name, and its trace.

use super::body;
use crate::program::{Body, Program};
use asyncio::{
    Barrier, CancelledError, Condition, Event, ExceptionGroup, IntoDuration, Lock, Queue,
    Semaphore, Task, TaskHandle, TimeoutError, create_task, current_task, sleep,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An exception, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error(Arc<str>);

impl Error {
    pub(super) fn new(name: impl Into<Arc<str>>) -> Self {
        Error(name.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CancelledError> for Error {
    fn from(_: CancelledError) -> Self {
        Error::new("CancelledError")
    }
}

impl From<TimeoutError> for Error {
    fn from(_: TimeoutError) -> Self {
        Error::new("TimeoutError")
    }
}

impl From<ExceptionGroup<Error>> for Error {
    fn from(group: ExceptionGroup<Error>) -> Self {
        let names: Vec<String> = group.into_iter().map(|error| error.to_string()).collect();
        Error::new(format!("Group[{}]", names.join(" ")))
    }
}

/// What a task gives: its name.
pub(super) type Value = Result<Arc<str>, Error>;

/// A task, and the right to await it, until somebody does.
struct Known {
    handle: TaskHandle,
    free: Option<Task<Value>>,
    /// Its end was traced.
    ended: bool,
}

pub(super) struct World {
    pub(super) locks: Vec<Arc<Lock>>,
    pub(super) semaphores: Vec<Arc<Semaphore>>,
    pub(super) events: Vec<Event>,
    pub(super) conditions: Vec<(Lock, Condition)>,
    pub(super) barriers: Vec<Barrier>,
    pub(super) queues: Vec<Queue<u32>>,
    tasks: Mutex<BTreeMap<Arc<str>, Known>>,
    trace: Mutex<Vec<String>>,
    unit: Duration,
    start: OnceLock<Instant>,
    changed: Event,
}

impl World {
    pub(super) fn new(program: &Program, unit: Duration) -> Arc<Self> {
        Arc::new(World {
            locks: (0..2).map(|_| Arc::new(Lock::new(()))).collect(),
            semaphores: program
                .semaphores
                .iter()
                .map(|&value| Arc::new(Semaphore::new(value)))
                .collect(),
            events: (0..2).map(|_| Event::new()).collect(),
            conditions: (0..2).map(|_| (Lock::new(()), Condition::new())).collect(),
            barriers: program.barriers.iter().map(|&n| Barrier::new(n)).collect(),
            queues: program.queues.iter().map(|&n| Queue::new(n)).collect(),
            tasks: Mutex::default(),
            trace: Mutex::default(),
            unit,
            start: OnceLock::new(),
            changed: Event::new(),
        })
    }

    /// From here on the time counts.
    pub(super) fn start(&self) {
        let _first = self.start.set(Instant::now());
    }

    pub(super) fn time(&self, ms: u64) -> Duration {
        self.unit * u32::try_from(ms).unwrap_or(u32::MAX)
    }

    pub(super) fn sleep(&self, ms: u64) -> impl Future<Output = ()> + use<> {
        sleep(self.time(ms).into_duration())
    }

    fn now(&self) -> u128 {
        let start = self.start.get().expect("it runs");
        (start.elapsed().as_micros() + self.unit.as_micros() / 2) / self.unit.as_micros()
    }

    pub(super) fn trace(&self, name: &str, event: impl fmt::Display) {
        let line = format!("{} {name} {event}", self.now());
        lock(&self.trace).push(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        lock(&self.trace).clone()
    }

    /// Starts a task that can be awaited by its name.
    pub(super) fn spawn(self: &Arc<Self>, body: &Body) {
        let task = self.spawn_awaited(body);
        self.give_back(&body.name, task);
    }

    /// Starts a task that nobody else can await.
    pub(super) fn spawn_awaited(self: &Arc<Self>, body: &Body) -> Task<Value> {
        let name = Arc::clone(&body.name);
        let world = Arc::clone(self);
        let task = create_task(self::body(Arc::clone(self), body.clone()));
        let handle = task.handle();
        lock(&self.tasks).insert(
            Arc::clone(&name),
            Known {
                handle,
                free: None,
                ended: false,
            },
        );
        task.add_done_callback(move |_| world.ended(&name));
        task
    }

    fn ended(&self, name: &str) {
        let mut tasks = lock(&self.tasks);
        let known = tasks.get_mut(name).expect("it was started");
        let how = match &known.handle {
            task if task.cancelled() => "cancelled",
            task if task.failed() => "failed",
            _ => "ended",
        };
        self.trace(name, format_args!("= {how}"));
        known.ended = true;
        drop(tasks);
        self.changed.set();
    }

    /// The task, if there is one that is not this one, and nobody else awaits or has awaited it.
    pub(super) fn take(&self, name: &str) -> Option<Task<Value>> {
        let mut tasks = lock(&self.tasks);
        let known = tasks.get_mut(name)?;
        let itself = current_task().is_some_and(|task| task == known.handle);
        if itself { None } else { known.free.take() }
    }

    pub(super) fn give_back(&self, name: &str, task: Task<Value>) {
        if let Some(known) = lock(&self.tasks).get_mut(name) {
            known.free = Some(task);
        }
    }

    pub(super) fn handle(&self, name: &str) -> Option<TaskHandle> {
        Some(lock(&self.tasks).get(name)?.handle.clone())
    }

    pub(super) fn note_unfinished(&self) {
        let tasks = lock(&self.tasks);
        let unfinished = tasks.iter().filter(|(_, known)| !known.handle.done());
        for (name, _) in unfinished {
            self.trace(name, "never ends");
        }
    }

    /// Waits until every task has ended.
    pub(super) async fn all_ended(&self) {
        loop {
            self.changed.clear();
            if lock(&self.tasks).values().all(|known| known.ended) {
                return;
            }
            self.changed.wait().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
