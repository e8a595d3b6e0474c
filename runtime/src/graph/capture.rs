//! `capture_call_graph` and its two shorthands.

use super::deadlock::{self, Deadlock};
use super::render;
use super::snapshot::{self, TaskGraph, TaskState};
use crate::tasks::TaskId;
use std::fmt;

/// The tasks of the process, and what each waits for: what [`capture_call_graph`] gives.
///
/// Its `Display` is a tree, in which a task is below the first that waits for it.
#[derive(Clone, Debug)]
pub struct CallGraph {
    tasks: Vec<TaskGraph>,
    deadlocks: Vec<Deadlock>,
}

impl CallGraph {
    /// The tasks that have not ended, by their ids.
    #[must_use]
    pub fn tasks(&self) -> &[TaskGraph] {
        &self.tasks
    }

    /// One of them, unless it has ended.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<&TaskGraph> {
        let at = self.tasks.binary_search_by_key(&id, |task| task.id).ok()?;
        Some(&self.tasks[at])
    }

    /// The tasks that cannot go on because each waits for another one of them.
    ///
    /// Where [`is_certain`](Deadlock::is_certain), what is found is true: one wait for a timer, a socket, a thread or anything outside of this
    /// crate, and a task is not among them. What is not found may be a deadlock still. Locks count as
    /// held by the task that acquired them, even if it gave the guard to another one.
    #[must_use]
    pub fn deadlocks(&self) -> &[Deadlock] {
        &self.deadlocks
    }

    /// A table with a line for each task, as `python -m asyncio ps` prints.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        render::table(self, &mut text).expect("a string takes anything");
        text
    }

    /// Of these tasks, which are known to wait: also the one that asks.
    pub(crate) fn of_waiting(ids: &[TaskId]) -> Self {
        let mut tasks = snapshot::capture();
        tasks.retain(|task| ids.contains(&task.id));
        for task in &mut tasks {
            task.state = TaskState::Suspended;
        }
        let deadlocks = deadlock::find(&tasks);
        CallGraph { tasks, deadlocks }
    }

    fn capture() -> Self {
        let mut tasks = snapshot::capture();
        let mut deadlocks = deadlock::find(&tasks);
        if !deadlocks.is_empty() {
            // Tasks are not looked at all at the same time. If those that are stuck did not run since,
            // nothing of what was seen has changed.
            let again = snapshot::capture();
            deadlocks.retain(|deadlock| {
                let still = |id: TaskId| {
                    let polls = |tasks: &[TaskGraph]| {
                        let at = tasks.binary_search_by_key(&id, |task| task.id).ok()?;
                        Some(tasks[at].polls)
                    };
                    polls(&tasks) == polls(&again)
                };
                deadlock.tasks.iter().all(|task| still(task.id))
            });
            tasks = again;
        }
        CallGraph { tasks, deadlocks }
    }
}

impl fmt::Display for CallGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::tree(self, f)
    }
}

/// What every task of the process waits for, at this moment: `asyncio.capture_call_graph`.
///
/// Works from anywhere, also outside of an event loop. What tasks wait for is known if introspection is
/// on: see [`introspection`](crate::introspection). Without an argument, Python's function tells of the
/// current task alone; here that is [`current_task()`](crate::current_task())`.unwrap().call_graph()`.
///
/// # Examples
///
/// ```
/// use asyncio::introspection::{self, Waiting};
/// use asyncio::{Lock, Task, capture_call_graph, sleep};
/// use std::sync::Arc;
///
/// #[asyncio::main]
/// async fn main() {
///     introspection::enable();
///     let lock = Arc::new(Lock::new(()));
///     let _guard = lock.acquire().await;
///     let other = lock.clone();
///     let task = Task::builder().name("waiter").spawn(async move {
///         let _guard = other.acquire().await;
///     });
///     sleep(0).await;
///
///     let graph = capture_call_graph();
///     let Waiting::ForLine(wait) = &graph.task(task.id()).unwrap().waits[0] else { panic!() };
///     assert_eq!(wait.operation, "Lock.acquire");
///     assert_eq!(wait.holder.as_ref().unwrap().0, asyncio::current_task().unwrap().id());
///     println!("{graph}");
///     # task.cancel();
/// }
/// ```
#[must_use]
pub fn capture_call_graph() -> CallGraph {
    CallGraph::capture()
}

/// [`capture_call_graph`] as text: `asyncio.format_call_graph`.
#[must_use]
pub fn format_call_graph() -> String {
    capture_call_graph().to_string()
}

/// Prints [`capture_call_graph`] to standard output: `asyncio.print_call_graph`.
pub fn print_call_graph() {
    print!("{}", capture_call_graph());
}
