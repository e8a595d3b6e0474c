//! Every task that has not ended.

use super::TaskHandle;
use super::cell::TaskRef;
use super::id::TaskId;
use super::list::List;
use crate::events::Home;

/// Spreads tasks that Tokio polls over locks, so that threads that spawn do not meet. Each loop of ours has
/// a list of its own.
const LISTS: usize = 16;

static LIST: [List; LISTS] = [const { List::new() }; LISTS];

/// Where a task is that no loop of ours polls.
#[inline]
pub(super) fn list_of(id: TaskId) -> &'static List {
    &LIST[(id.number() % LISTS as u64) as usize]
}

/// The unfinished tasks of a runtime, oldest first.
pub(crate) fn of_runtime(runtime: Option<tokio::runtime::Id>) -> Vec<TaskRef> {
    let mut found = Vec::new();
    for list in &LIST {
        list.each(|task| {
            if task.runtime() == runtime {
                found.push(task);
            }
        });
    }
    Home::each(|home| {
        if home.tasks().runtime() == runtime {
            home.tasks().each(|task| found.push(task));
        }
    });
    sorted(found)
}

/// The unfinished tasks of the process, by their numbers.
pub(crate) fn of_all_runtimes() -> Vec<TaskRef> {
    let mut found = Vec::new();
    LIST.iter()
        .for_each(|list| list.each(|task| found.push(task)));
    Home::each(|home| home.tasks().each(|task| found.push(task)));
    sorted(found)
}

fn sorted(mut found: Vec<TaskRef>) -> Vec<TaskRef> {
    // What a loop runs beside its tasks is in its list as well.
    found.retain(|task| task.id != TaskId::NONE && task.ended().is_none());
    found.sort_by_key(|task| task.id);
    found
}

/// The tasks of the running runtime that have not ended, oldest first: `asyncio.all_tasks()`.
///
/// With the current one and those that have not started; without those spawned by other means than
/// this crate's.
///
/// # Panics
///
/// Outside of a runtime, as Python raises `RuntimeError` then.
///
/// # Examples
///
/// ```
/// use asyncio::{Task, all_tasks, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let task = Task::builder().name("napper").spawn(sleep(60));
///     assert!(all_tasks().iter().any(|task| &*task.name() == "napper"));
///     task.cancel();
/// }
/// ```
#[must_use]
#[track_caller]
pub fn all_tasks() -> Vec<TaskHandle> {
    let runtime = tokio::runtime::Handle::try_current()
        .expect("no running event loop")
        .id();
    of_runtime(Some(runtime))
        .into_iter()
        .map(TaskHandle::new)
        .collect()
}
