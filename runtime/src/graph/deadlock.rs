//! Tasks that wait for each other, and that nobody else can help.
//!
//! A task is stuck if all that it waits for is: a task or a lock of which the task or the holder is
//! stuck. One wait for anything else, as a timer, a socket, or a future that is not of this crate, and
//! it is not; nor if it runs, or was told to end. So what is found here is true, and what a thread or
//! a timer could end is not found.
//!
//! Who puts into a queue, or sets an event, is not known beforehand. Such a wait counts as stuck only
//! where no task at all can go on, if nobody but tasks is there ([`World::Closed`]): that cannot be
//! known, and is said.

use super::snapshot::{BranchesWait, GroupId, TaskGraph, TaskState, Waiting};
use super::{Kind, render};
use crate::tasks::TaskId;
use std::fmt;
use std::sync::Arc;

/// Tasks of which none can go on, because each waits for another one of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deadlock {
    /// The tasks. Where [`is_cycle`](Self::is_cycle), each waits for the next, and the last for the
    /// first.
    pub tasks: Vec<StuckTask>,
    /// Whether it is known who waits for whom. Else no task at all can go on, and the wait is for a
    /// queue or an event that any of them could have fed.
    pub is_cycle: bool,
    /// Whether nobody else can help. Else another thread, a callback or a handler of a signal may.
    pub is_certain: bool,
}

/// A task of a [`Deadlock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StuckTask {
    /// What identifies it.
    pub id: TaskId,
    /// Its name.
    pub name: Arc<str>,
    /// What it waits for.
    pub wait: Waiting,
}

/// Whether there is anybody but the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum World {
    /// Other threads may hold any queue, and other code may be polled by the same runtime.
    Open,
    /// All there is are tasks that wait.
    Closed,
}

/// Who could end a wait.
enum Helper {
    /// This task alone.
    Task(TaskId),
    /// Any task.
    Any,
    /// The task itself: a child of its own task group, whose waits are listed as well.
    Same,
    /// Somebody who is no task.
    Other,
}

/// Finds the deadlocks among the tasks, which are sorted by their ids. Where there are none for certain,
/// those that are if nobody but tasks is there.
pub(super) fn find(tasks: &[TaskGraph]) -> Vec<Deadlock> {
    let certain = find_in(tasks, World::Open);
    if !certain.is_empty() {
        return certain;
    }
    let possible = find_in(tasks, World::Closed).into_iter();
    let possible = possible.map(|found| Deadlock {
        is_certain: false,
        ..found
    });
    possible.collect()
}

fn find_in(tasks: &[TaskGraph], world: World) -> Vec<Deadlock> {
    let mut stuck: Vec<bool> = tasks.iter().map(may_be_stuck).collect();
    let waits: Vec<Vec<(&Waiting, Helper)>> =
        tasks.iter().map(|task| helped(task, world)).collect();
    let index = |id: TaskId| tasks.binary_search_by_key(&id, |task| task.id).ok();
    loop {
        let all = stuck.iter().all(|stuck| *stuck);
        let free = (0..tasks.len()).find(|at| {
            let helpless = |(_, helper): &(&Waiting, Helper)| match helper {
                Helper::Task(id) => index(*id).is_some_and(|at| stuck[at]),
                Helper::Any => all,
                Helper::Same => true,
                Helper::Other => false,
            };
            stuck[*at] && !waits[*at].iter().all(helpless)
        });
        match free {
            Some(at) => stuck[at] = false,
            None => break,
        }
    }
    let next = |at: usize| {
        waits[at].iter().find_map(|(wait, helper)| match helper {
            Helper::Task(id) => index(*id).map(|to| (*wait, to)),
            _ => None,
        })
    };
    let found = cycles(tasks, &stuck, next);
    let anybody = stuck.iter().any(|stuck| *stuck);
    if anybody && found.is_empty() {
        return vec![all_of(tasks, &waits)];
    }
    found
}

fn may_be_stuck(task: &TaskGraph) -> bool {
    task.state == TaskState::Suspended && !task.is_cancelled && !task.waits.is_empty()
}

/// What the task waits for, each with who could end that.
fn helped(task: &TaskGraph, world: World) -> Vec<(&Waiting, Helper)> {
    let mut groups = Vec::new();
    collect_groups(&task.waits, &mut groups);
    let mut helped = Vec::new();
    collect(&task.waits, &groups, world, &mut helped);
    if helped
        .iter()
        .all(|(_, helper)| matches!(helper, Helper::Same))
    {
        // Nothing is known of it.
        helped.extend(task.waits.first().map(|wait| (wait, Helper::Other)));
    }
    helped
}

fn collect_groups(waits: &[Waiting], groups: &mut Vec<GroupId>) {
    for wait in waits {
        if let Waiting::ForBranches(node) = wait {
            groups.extend(node.group);
            node.branches
                .iter()
                .for_each(|branch| collect_groups(&branch.waits, groups));
        }
    }
}

fn collect<'a>(
    waits: &'a [Waiting],
    groups: &[GroupId],
    world: World,
    helped: &mut Vec<(&'a Waiting, Helper)>,
) {
    for wait in waits {
        if let Waiting::ForBranches(node) = wait {
            if ends_by_itself(node) {
                helped.push((wait, Helper::Other));
            }
            for branch in &node.branches {
                collect(&branch.waits, groups, world, helped);
            }
        } else {
            helped.push((wait, helper(wait, groups, world)));
        }
    }
}

/// By its deadline, or because nothing is known of a branch.
fn ends_by_itself(node: &BranchesWait) -> bool {
    node.deadline.is_some() || node.branches.iter().any(|branch| branch.waits.is_empty())
}

fn helper(wait: &Waiting, groups: &[GroupId], world: World) -> Helper {
    match wait {
        Waiting::ForTask { id, .. } => Helper::Task(*id),
        Waiting::ForChild(group) if groups.contains(group) => Helper::Same,
        Waiting::ForLine(line) if !line.is_on_its_way => match (&line.holder, line.kind, world) {
            (Some((holder, _)), Kind::Lock, _) => Helper::Task(*holder),
            (_, _, World::Closed) => Helper::Any,
            _ => Helper::Other,
        },
        Waiting::ForValue if world == World::Closed => Helper::Any,
        _ => Helper::Other,
    }
}

/// The cycles among the stuck tasks, each once, along the first wait of each whose end is known.
fn cycles<'a>(
    tasks: &[TaskGraph],
    stuck: &[bool],
    next: impl Fn(usize) -> Option<(&'a Waiting, usize)>,
) -> Vec<Deadlock> {
    // The walk on which a task was first seen; 0: on none.
    let mut seen = vec![0; tasks.len()];
    let mut found = Vec::new();
    for start in (0..tasks.len()).filter(|at| stuck[*at]) {
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = start + 1;
            let Some((_, to)) = next(at) else { break };
            at = to;
        }
        if seen[at] != start + 1 {
            continue; // it leads to one that was found before
        }
        let mut cycle = Vec::new();
        let first = at;
        while let Some((wait, to)) = next(at) {
            cycle.push(stuck_task(&tasks[at], wait));
            at = to;
            if at == first {
                found.push(Deadlock {
                    tasks: cycle,
                    is_cycle: true,
                    is_certain: true,
                });
                break;
            }
        }
    }
    found
}

fn all_of(tasks: &[TaskGraph], waits: &[Vec<(&Waiting, Helper)>]) -> Deadlock {
    let stuck = tasks.iter().zip(waits).filter_map(|(task, waits)| {
        let (wait, _) = waits
            .iter()
            .find(|(_, helper)| !matches!(helper, Helper::Same))?;
        Some(stuck_task(task, wait))
    });
    Deadlock {
        tasks: stuck.collect(),
        is_cycle: false,
        is_certain: true,
    }
}

fn stuck_task(task: &TaskGraph, wait: &Waiting) -> StuckTask {
    StuckTask {
        id: task.id,
        name: Arc::clone(&task.name),
        wait: wait.clone(),
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.is_cycle, self.is_certain) {
            (true, true) => {
                "deadlock: each of these tasks waits for the next, and the last for the first"
            }
            (false, true) => "deadlock: no task can go on, and nothing else is there to wake one",
            (_, false) => {
                "possibly a deadlock: no task can go on, unless a callback or another thread helps"
            }
        })?;
        for task in &self.tasks {
            write!(
                f,
                "\n  `{}` waits for {}",
                task.name,
                render::wait(&task.wait)
            )?;
        }
        Ok(())
    }
}
