//! The values that [`capture_call_graph`](crate::capture_call_graph) gives.

use super::node::Node;
use super::record::{Entry, Waits};
use super::subject::Resource;
use crate::Origin;
use crate::tasks::{Header, TaskId, TaskRef, registry};
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskState {
    /// It has not run since introspection is on.
    Created,
    /// It runs, or it blocks the thread that polls it.
    Running,
    /// It waits.
    Suspended,
}

/// One task of a [`CallGraph`](super::CallGraph): `asyncio.FutureCallGraph`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskGraph {
    /// What identifies the task.
    pub id: TaskId,
    /// Its name.
    pub name: Arc<str>,
    /// Where it was spawned.
    pub location: &'static Location<'static>,
    /// For how long it has been there, from when it first suspended on; to the millisecond. `None` if it
    /// did not suspend since introspection is on.
    pub age: Option<Duration>,
    /// Whether it runs or waits.
    pub state: TaskState,
    /// What it waits for; while it runs, what it waited for last.
    pub waits: Vec<Waiting>,
    /// The tasks that wait for it, in the order of their ids, with their names:
    /// `FutureCallGraph.awaited_by`.
    pub awaited_by: Vec<(TaskId, Arc<str>)>,
    /// Counts its polls, to tell whether it ran in between.
    pub(super) polls: u32,
    /// It has been told to end, and has not done so.
    pub(super) is_cancelled: bool,
}

/// One thing that a task or a branch waits for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Waiting {
    /// A time: `sleep`, or the timer of something that is waited for no longer than that.
    Until(Instant),
    /// The other tasks have their turn: `sleep(0)`.
    ForTurn,
    /// A lock, semaphore, event, condition, barrier or queue.
    ForLine(LineWait),
    /// A task.
    ForTask {
        /// What identifies it.
        id: TaskId,
        /// Its name, unless it is done by now.
        name: Option<Arc<str>>,
    },
    /// A future of [`create_future`](crate::create_future): somebody sets its value.
    ForValue,
    /// A child of the task group: see the branches of that.
    ForChild(GroupId),
    /// Something outside of the program's tasks, as a socket, a process or a thread: the operation.
    ForOutside(&'static str),
    /// Cleanup that was handed over.
    ForCleanup,
    /// Something that is not of this crate and did not say what it is: a Tokio channel, for one.
    ForUnknown,
    /// Several futures side by side, or one under a time limit.
    ForBranches(BranchesWait),
}

/// A wait for a lock, semaphore, event, condition, barrier or queue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LineWait {
    /// The operation, by its name in asyncio: `Lock.acquire`, `Queue.get`.
    pub operation: &'static str,
    /// A number that tells it from others.
    pub number: u64,
    /// Where it was made.
    pub made: &'static Location<'static>,
    /// The task that holds the lock, with its name unless it is done.
    ///
    /// Known of a [`Lock`](crate::Lock) that was acquired by a task, since introspection is on. It is the
    /// task that acquired it: guards that are moved to another task are not followed.
    pub holder: Option<(TaskId, Option<Arc<str>>)>,
    /// Somebody was let through who has not run since.
    pub(super) is_on_its_way: bool,
    pub(super) kind: super::Kind,
}

/// Several futures that are waited for side by side, or one under a time limit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BranchesWait {
    /// What waits: `gather!`, `wait_first!`, `task_group!`, `timeout`, ..
    pub name: &'static str,
    /// Where it stands: the file, and the line counted from 1.
    pub place: Option<(&'static str, u32)>,
    /// When the wait ends without them.
    pub deadline: Option<Instant>,
    /// Those that are not done.
    pub branches: Vec<BranchGraph>,
    /// How many there are with those that are done, and those that have not begun, where that is known.
    pub total: Option<usize>,
    /// The task group that these are the body and the children of.
    pub group: Option<GroupId>,
}

/// Tells a task group from every other one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(usize);

/// One of the futures that are waited for side by side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BranchGraph {
    /// Its position, counted from 0; of a task group 0 is the body.
    pub index: usize,
    /// Its name, or else how the argument of the macro is written.
    pub name: Option<Cow<'static, str>>,
    /// Where a child was added to its task group: the file, and the line counted from 1.
    pub place: Option<(&'static str, u32)>,
    /// What it waits for.
    pub waits: Vec<Waiting>,
}

/// Looks up the names of tasks.
struct Names(Vec<(TaskId, TaskRef)>);

impl Names {
    fn of(&self, id: TaskId) -> Option<Arc<str>> {
        let at = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.0[at].1.name())
    }
}

/// All tasks of the process that have not ended, by their numbers.
pub(super) fn capture() -> Vec<TaskGraph> {
    let headers = registry::of_all_runtimes();
    let names = Names(
        headers
            .into_iter()
            .map(|header| (header.id, header))
            .collect(),
    );
    let mut tasks: Vec<TaskGraph> = names
        .0
        .iter()
        .map(|(_, header)| task(header, &names))
        .collect();
    let mut edges = Vec::new();
    for task in &tasks {
        each_wait(&task.waits, &mut |wait| {
            if let Waiting::ForTask { id, .. } = wait {
                edges.push((*id, (task.id, Arc::clone(&task.name))));
            }
        });
    }
    edges.sort_unstable();
    edges.dedup();
    for (awaited, by) in edges {
        if let Ok(at) = tasks.binary_search_by_key(&awaited, |task| task.id) {
            tasks[at].awaited_by.push(by);
        }
    }
    tasks
}

/// Shows `f` every wait that is none of branches.
pub(super) fn each_wait<'a>(waits: &'a [Waiting], f: &mut impl FnMut(&'a Waiting)) {
    for wait in waits {
        match wait {
            Waiting::ForBranches(node) => {
                for branch in &node.branches {
                    each_wait(&branch.waits, f);
                }
            }
            wait => f(wait),
        }
    }
}

fn task(header: &Header, names: &Names) -> TaskGraph {
    let observed = header.observed();
    let polls = observed.polls();
    TaskGraph {
        id: header.id,
        name: header.name(),
        location: header.location,
        age: observed.age(),
        state: match polls {
            0 => TaskState::Created,
            odd if odd % 2 == 1 => TaskState::Running,
            _ => TaskState::Suspended,
        },
        waits: waits(&header.waits(), names),
        awaited_by: Vec::new(),
        polls,
        is_cancelled: header.is_cancel_due(),
    }
}

fn waits(recorded: &Waits, names: &Names) -> Vec<Waiting> {
    let entries = recorded.entries.iter().map(|entry| wait(entry, names));
    let foreign = recorded.foreign.then_some(Waiting::ForUnknown);
    entries.chain(foreign).collect()
}

fn wait(entry: &Entry, names: &Names) -> Waiting {
    match entry {
        Entry::Timer(until) => Waiting::Until(*until),
        Entry::Turn => Waiting::ForTurn,
        Entry::Line(resource) => Waiting::ForLine(line(resource, names)),
        Entry::Task(id) => Waiting::ForTask {
            id: *id,
            name: names.of(*id),
        },
        Entry::Future => Waiting::ForValue,
        Entry::Child(group) => Waiting::ForChild(GroupId(*group)),
        Entry::Outside(what) => Waiting::ForOutside(what),
        Entry::Cleanup => Waiting::ForCleanup,
        Entry::Branches(node) => Waiting::ForBranches(branches(node, names)),
    }
}

fn line(resource: &Resource, names: &Names) -> LineWait {
    LineWait {
        operation: resource.kind.name(),
        number: resource.number,
        made: resource.made,
        holder: resource.holder().map(|id| (id, names.of(id))),
        is_on_its_way: resource.is_on_its_way(),
        kind: resource.kind,
    }
}

fn branches(node: &Node, names: &Names) -> BranchesWait {
    let state = node.state();
    let mut branches: Vec<BranchGraph> = state
        .branches
        .iter()
        .map(|(index, recorded)| BranchGraph {
            index: *index,
            name: None,
            place: None,
            waits: waits(recorded, names),
        })
        .collect();
    for branch in &mut branches {
        if let Some(Origin::Child { name, place }) = state.children.get(&branch.index) {
            branch.name = name.as_deref().map(|name| Cow::Owned(name.to_owned()));
            branch.place = Some((place.file(), place.line()));
        }
    }
    let site = node.site.get().filter(|site| site.line > 0);
    let mut total = state.total;
    if let Some(site) = site {
        if total.is_some_and(|total| total < site.branches.len()) {
            branches = flatten(branches, total.unwrap_or(0), site.branches.len());
            total = Some(site.branches.len());
        }
        for branch in &mut branches {
            branch.name = site.branches.get(branch.index).copied().map(Cow::Borrowed);
        }
    }
    let place = node.place.map(|place| (place.file(), place.line()));
    BranchesWait {
        name: node.name,
        place: site.map(|site| (site.file, site.line)).or(place),
        deadline: state.deadline,
        branches,
        total,
        group: state.group.map(GroupId),
    }
}

/// More branches than a tuple can have are in groups of `groups`: gives the branches of all.
fn flatten(groups: Vec<BranchGraph>, count: usize, total: usize) -> Vec<BranchGraph> {
    let (size, larger) = (total / count, total % count);
    let mut flat = Vec::new();
    for group in groups {
        let begin = group.index * size + group.index.min(larger);
        let of_group = size + usize::from(group.index < larger);
        match <[Waiting; 1]>::try_from(group.waits) {
            Ok([Waiting::ForBranches(inner)]) if of_group > 1 => {
                let inner = match inner.total {
                    Some(count) if count < of_group => flatten(inner.branches, count, of_group),
                    _ => inner.branches,
                };
                flat.extend(inner.into_iter().map(|mut branch| {
                    branch.index += begin;
                    branch
                }));
            }
            Ok(waits) => flat.push(BranchGraph {
                index: begin,
                name: None,
                place: None,
                waits: waits.into(),
            }),
            Err(waits) => flat.push(BranchGraph {
                index: begin,
                name: None,
                place: None,
                waits,
            }),
        }
    }
    flat
}
