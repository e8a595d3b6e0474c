//! Every task that has not ended.

use super::TaskHandle;
use super::header::Header;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Spreads tasks over locks, so that threads that spawn do not meet.
const SHARDS: usize = 16;

#[derive(Default)]
struct Shard {
    slots: Vec<Slot>,
    free: Option<usize>,
}

enum Slot {
    Task(Arc<Header>),
    Free(Option<usize>),
}

static SHARD: [Mutex<Shard>; SHARDS] = [const {
    Mutex::new(Shard {
        slots: Vec::new(),
        free: None,
    })
}; SHARDS];

/// A task's place; removes it when dropped.
pub(super) struct Entry {
    shard: usize,
    slot: usize,
}

fn lock(shard: usize) -> MutexGuard<'static, Shard> {
    SHARD[shard].lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn insert(header: Arc<Header>) -> Entry {
    let shard = (header.id.shard() % SHARDS as u64) as usize;
    let mut tasks = lock(shard);
    let slot = match tasks.free {
        Some(slot) => {
            if let Slot::Free(next) = tasks.slots[slot] {
                tasks.free = next;
            }
            tasks.slots[slot] = Slot::Task(header);
            slot
        }
        None => {
            tasks.slots.push(Slot::Task(header));
            tasks.slots.len() - 1
        }
    };
    Entry { shard, slot }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut tasks = lock(self.shard);
        let free = Slot::Free(tasks.free.replace(self.slot));
        let header = std::mem::replace(&mut tasks.slots[self.slot], free);
        drop(tasks);
        drop(header);
    }
}

/// The unfinished tasks of a runtime, oldest first.
pub(crate) fn of_runtime(runtime: Option<tokio::runtime::Id>) -> Vec<Arc<Header>> {
    find(|header| header.runtime == runtime)
}

/// The unfinished tasks of the process, oldest first.
pub(crate) fn of_all_runtimes() -> Vec<Arc<Header>> {
    find(|_| true)
}

fn find(is_wanted: impl Fn(&Header) -> bool) -> Vec<Arc<Header>> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let tasks = lock(shard);
        found.extend(tasks.slots.iter().filter_map(|slot| match slot {
            Slot::Task(header) if is_wanted(header) => Some(Arc::clone(header)),
            _ => None,
        }));
    }
    found.retain(|header| header.ended().is_none());
    found.sort_by_key(|header| header.id);
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
