//! The call graph as text: a table, and a tree.

use super::CallGraph;
use super::snapshot::{BranchesWait, TaskGraph, TaskState, Waiting};
use super::switch::is_on;
use crate::tasks::TaskId;
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::time::Duration;
use tokio::time::Instant;

/// A thing that is waited for, in a few words.
pub(super) fn wait(wait: &Waiting) -> String {
    match wait {
        Waiting::Until(until) => format!("sleep, {}", left(*until)),
        Waiting::ForTurn => "the other tasks, for one turn".to_owned(),
        Waiting::ForLine(line) => {
            let (operation, number, made) = (line.operation, line.number, line.made);
            let mut text = format!(
                "{operation} #{number}, made at {}:{}",
                made.file(),
                made.line()
            );
            if let Some((id, name)) = &line.holder {
                match name {
                    Some(name) => write!(text, ", held by `{name}`"),
                    None => write!(text, ", held by task {id}, which is done"),
                }
                .expect("a string takes anything");
            }
            text
        }
        Waiting::ForTask { id, name } => match name {
            Some(name) => format!("task `{name}`"),
            None => format!("task {id}, which is done"),
        },
        Waiting::ForValue => "a future's value".to_owned(),
        Waiting::ForChild(_) => "a child of the task group".to_owned(),
        Waiting::ForOutside(what) => (*what).to_owned(),
        Waiting::ForCleanup => "cleanup".to_owned(),
        Waiting::ForUnknown => "something outside of asyncio".to_owned(),
        Waiting::ForBranches(node) => branches(node),
    }
}

fn branches(node: &BranchesWait) -> String {
    let mut text = node.name.to_owned();
    if let Some((file, line)) = node.place {
        let _ = write!(text, " {file}:{line}");
    }
    if let Some(deadline) = node.deadline {
        let _ = write!(text, ", {}", left(deadline));
    }
    if let Some(total) = node.total.filter(|total| *total > 1) {
        let _ = write!(text, ", {} of {total} branches", node.branches.len());
    }
    text
}

fn left(until: Instant) -> String {
    match until.checked_duration_since(Instant::now()) {
        Some(left) => format!("{} left", seconds(left)),
        None => "the time is over".to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

/// A tree of lines.
struct Tree {
    line: String,
    below: Vec<Tree>,
}

impl Tree {
    fn write(&self, f: &mut impl Write, prefix: &str, is_last: bool) -> fmt::Result {
        let (branch, beside) = if is_last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        writeln!(f, "{prefix}{branch}{}", self.line)?;
        let prefix = format!("{prefix}{beside}");
        write_all(&self.below, f, &prefix)
    }
}

fn write_all(trees: &[Tree], f: &mut impl Write, prefix: &str) -> fmt::Result {
    for (i, tree) in trees.iter().enumerate() {
        tree.write(f, prefix, i + 1 == trees.len())?;
    }
    Ok(())
}

/// Makes the tree of a graph: each task once, below the first that waits for it.
struct Trees<'a> {
    graph: &'a CallGraph,
    shown: BTreeSet<TaskId>,
}

impl Trees<'_> {
    fn task(&mut self, task: &TaskGraph) -> Tree {
        self.shown.insert(task.id);
        let state = match task.state {
            TaskState::Created if is_on() => ", not seen to run",
            TaskState::Running => ", running",
            TaskState::Created | TaskState::Suspended => "",
        };
        let place = task.location;
        let below = if task.state == TaskState::Suspended {
            self.waits(&task.waits)
        } else {
            Vec::new()
        };
        Tree {
            line: format!("(T) {} {}:{}{state}", task.name, place.file(), place.line()),
            below,
        }
    }

    fn waits(&mut self, waits: &[Waiting]) -> Vec<Tree> {
        waits.iter().map(|wait| self.wait(wait)).collect()
    }

    fn wait(&mut self, wait: &Waiting) -> Tree {
        match wait {
            Waiting::ForTask { id, .. } if !self.shown.contains(id) => {
                if let Some(task) = self.graph.task(*id) {
                    return self.task(task);
                }
            }
            Waiting::ForBranches(node) => return self.branches(node),
            _ => {}
        }
        Tree {
            line: self::wait(wait),
            below: Vec::new(),
        }
    }

    fn branches(&mut self, node: &BranchesWait) -> Tree {
        let below = match &node.branches[..] {
            // A future under a time limit, say: there is no other branch to tell it from.
            [only] if node.total == Some(1) && only.name.is_none() => self.waits(&only.waits),
            branches => branches
                .iter()
                .map(|branch| Tree {
                    line: branch_name(node, branch),
                    below: self.waits(&branch.waits),
                })
                .collect(),
        };
        Tree {
            line: branches(node),
            below,
        }
    }
}

fn branch_name(node: &BranchesWait, branch: &super::BranchGraph) -> String {
    let mut text = match (&branch.name, node.group, branch.index) {
        (Some(name), ..) => name.clone().into_owned(),
        (None, Some(_), 0) => "body".to_owned(),
        (None, Some(_), child) => format!("child {child}"),
        (None, None, index) => format!("branch {index}"),
    };
    if let Some((file, line)) = branch.place {
        let _ = write!(text, " {file}:{line}");
    }
    text
}

/// As `python -m asyncio pstree` prints it.
pub(super) fn tree(graph: &CallGraph, f: &mut impl Write) -> fmt::Result {
    let mut trees = Trees {
        graph,
        shown: BTreeSet::new(),
    };
    let (awaited, roots): (Vec<_>, Vec<_>) = graph
        .tasks()
        .iter()
        .partition(|task| !task.awaited_by.is_empty());
    let mut all: Vec<Tree> = roots.into_iter().map(|task| trees.task(task)).collect();
    for task in awaited {
        // Those that wait for each other in a circle are below nobody.
        if !trees.shown.contains(&task.id) {
            all.push(trees.task(task));
        }
    }
    write_all(&all, f, "")?;
    for deadlock in graph.deadlocks() {
        writeln!(f, "\n{deadlock}")?;
    }
    Ok(())
}

/// What a task waits for, in one line: each path down to something that is no branch.
fn paths(waits: &[Waiting], above: &str, found: &mut Vec<String>) {
    for wait in waits {
        let here = format!("{above}{}", self::wait(wait));
        match wait {
            Waiting::ForBranches(node) if !node.branches.is_empty() => {
                for branch in &node.branches {
                    let name = match node.total {
                        Some(1) if branch.name.is_none() => String::new(),
                        _ => format!("{} -> ", branch_name(node, branch)),
                    };
                    paths(&branch.waits, &format!("{here} -> {name}"), found);
                }
            }
            _ => found.push(here),
        }
    }
}

/// As `python -m asyncio ps` prints it, with the columns that there are here.
pub(super) fn table(graph: &CallGraph, f: &mut impl Write) -> fmt::Result {
    const HEAD: [&str; 7] = [
        "task id",
        "task name",
        "state",
        "age",
        "spawned at",
        "awaited by",
        "waits for",
    ];
    let rows: Vec<[String; 7]> = graph.tasks().iter().map(row).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: [&str; 7]| {
        let mut text = String::new();
        for (width, cell) in widths.iter().zip(cells) {
            write!(text, "{cell:width$}  ", width = *width)?;
        }
        writeln!(f, "{}", text.trim_end())
    };
    line(HEAD)?;
    line(HEAD.map(|head| &"-----------"[..head.len()]))?;
    for row in &rows {
        line(std::array::from_fn(|at| row[at].as_str()))?;
    }
    for deadlock in graph.deadlocks() {
        writeln!(f, "\n{deadlock}")?;
    }
    Ok(())
}

fn row(task: &TaskGraph) -> [String; 7] {
    let (state, waits) = match task.state {
        TaskState::Created if is_on() => ("not seen to run", Vec::new()),
        TaskState::Created => ("unknown", Vec::new()), // nobody has looked
        TaskState::Running => ("running", Vec::new()),
        TaskState::Suspended => {
            let mut found = Vec::new();
            paths(&task.waits, "", &mut found);
            ("waiting", found)
        }
    };
    let awaited_by: Vec<&str> = task.awaited_by.iter().map(|(_, name)| &**name).collect();
    [
        task.id.to_string(),
        task.name.to_string(),
        state.to_owned(),
        task.age.map(seconds).unwrap_or_default(),
        format!("{}:{}", task.location.file(), task.location.line()),
        awaited_by.join(", "),
        waits.join("; "),
    ]
}

/// As `asyncio.format_call_graph(task)` prints it.
impl fmt::Display for TaskGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, id, place) = (&self.name, self.id, self.location);
        writeln!(
            f,
            "* Task(name='{name}', id={id}), spawned at {}:{}",
            place.file(),
            place.line()
        )?;
        let mut found = Vec::new();
        if self.state == TaskState::Suspended {
            paths(&self.waits, "", &mut found);
        }
        if !found.is_empty() {
            writeln!(f, "  + Waits for:")?;
            found
                .iter()
                .try_for_each(|path| writeln!(f, "  |   {path}"))?;
        }
        if !self.awaited_by.is_empty() {
            writeln!(f, "  + Awaited by:")?;
            for (id, name) in &self.awaited_by {
                writeln!(f, "     * Task(name='{name}', id={id})")?;
            }
        }
        Ok(())
    }
}
