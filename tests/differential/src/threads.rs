//! Programs replayed on the multi-threaded runtime, in real time: what each task does, in order, and what comes out.

use crate::compare::{Line, OF_TIMERS, of_turns};
use crate::interpret::{LONG, on_many_threads};
use crate::program::{Order, Program};
use crate::python::Python;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// A program that does not depend on a few milliseconds, with what CPython traced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replay {
    /// What runs.
    pub program: Program,
    /// What CPython traced.
    pub cpython: Vec<String>,
}

/// Other times, each a bit longer or shorter.
const JITTER: &[&str] = &["--jitter=1", "--jitter=2", "--jitter=3", "--jitter=4"];

/// What a millisecond of a program takes: longer and longer for those that diverge, as a busy machine may be late.
const UNITS: [Duration; 3] = [
    Duration::from_millis(1),
    Duration::from_millis(3),
    Duration::from_millis(12),
];

/// How many programs run beside each other.
const BESIDE: usize = 200;

/// Those programs that come to an end, and of which CPython's own trace stays the same, but for the times, when times
/// change a bit and when what happens at the same time comes in another order.
///
/// # Errors
///
/// If Python fails.
pub fn robust(python: &Python, mut programs: Vec<Program>) -> io::Result<Vec<Replay>> {
    programs.retain(|program| program.order == Order::PerTask);
    let traces = python.traces(&programs, "")?;
    let mut replays: Vec<Replay> = programs
        .into_iter()
        .zip(traces)
        .map(|(program, cpython)| Replay { program, cpython })
        .filter(|replay| comes_to_an_end(&replay.cpython))
        .collect();
    let of_times = [OF_TIMERS]
        .iter()
        .chain(JITTER)
        .map(|option| (*option).to_owned());
    for option in of_times.chain(of_turns()) {
        let programs: Vec<_> = replays
            .iter()
            .map(|replay| replay.program.clone())
            .collect();
        let mut traces = python.traces(&programs, &option)?.into_iter();
        replays.retain(|replay| {
            let trace = traces.next().expect("one for each");
            by_task(&trace) == by_task(&replay.cpython)
        });
    }
    Ok(replays)
}

fn comes_to_an_end(trace: &[String]) -> bool {
    let mut lines = trace.iter().map(|line| Line::of(line));
    lines.all(|line| line.name != "!" && line.ms < LONG / 2)
}

/// What each task does.
fn by_task(trace: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut tasks = BTreeMap::<_, Vec<_>>::new();
    for line in trace.iter().map(|line| Line::of(line)) {
        tasks.entry(line.name).or_default().push(line.event);
    }
    tasks
}

/// Runs them; gives those that diverge, with what they traced here.
#[must_use]
pub fn replay(replays: &[Replay]) -> Vec<(Replay, Vec<String>)> {
    let mut diverging: Vec<_> = replays
        .iter()
        .map(|replay| (replay.clone(), Vec::new()))
        .collect();
    for unit in UNITS {
        let mut left = Vec::new();
        for beside in diverging.chunks(BESIDE) {
            let programs: Vec<_> = beside
                .iter()
                .map(|(replay, _)| replay.program.clone())
                .collect();
            let traces = on_many_threads(&programs, unit);
            for ((replay, _), trace) in beside.iter().zip(traces) {
                if by_task(&trace) != by_task(&replay.cpython) {
                    left.push((replay.clone(), trace));
                }
            }
        }
        diverging = left;
    }
    diverging
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("threads.jsonl")
}

/// Those that are kept.
///
/// # Errors
///
/// If they cannot be read.
pub fn kept() -> io::Result<Vec<Replay>> {
    let text = fs::read_to_string(file())?;
    let replays = text.lines().map(serde_json::from_str);
    Ok(replays.collect::<Result<_, _>>()?)
}

/// Keeps these.
///
/// # Errors
///
/// If they cannot be written.
pub fn keep(replays: &[Replay]) -> io::Result<()> {
    let mut text = String::new();
    for replay in replays {
        text.push_str(&serde_json::to_string(replay)?);
        text.push('\n');
    }
    fs::write(file(), text)
}
