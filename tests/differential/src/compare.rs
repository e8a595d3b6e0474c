//! When two traces agree.

use crate::interpret;
use crate::program::{Order, Program};
use crate::python::Python;
use std::collections::BTreeMap;
use std::io;
use std::iter;
use std::panic::catch_unwind;

/// What came out of a program on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Agree,
    /// They agree up to where CPython does what this project does otherwise on purpose: that item.
    AgreeUntil(String),
    /// CPython's own trace depends on what it leaves unspecified, or on how many turns a combinator takes.
    Unspecified,
    /// A bug.
    Diverge {
        /// Where, and how.
        difference: String,
    },
}

/// The traces of a program.
#[derive(Clone, Debug)]
pub struct Case {
    /// What ran.
    pub program: Program,
    /// On CPython.
    pub python: Vec<String>,
    /// Here.
    pub ours: Vec<String>,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// CPython leaves open which of the timers of one time fires first.
pub(crate) const OF_TIMERS: &str = "--timers=last";

/// Where branches run in place (B-091) and combinators take other numbers of turns (B-117), the order of what happens
/// at the same time is another one.
pub(crate) fn of_turns() -> impl Iterator<Item = String> {
    let whole = [
        "--turns=1",
        "--turns=3",
        "--eager",
        "--late=all",
        "--shuffled",
    ];
    let some = ["--late", "--woken-late", "--eager --late"];
    let some = some
        .into_iter()
        .flat_map(|option| (0..32).map(move |bit| format!("{option}={bit}")));
    whole.into_iter().map(str::to_owned).chain(some)
}

/// Runs programs on both sides.
///
/// # Errors
///
/// If Python fails.
pub fn run(python: &Python, programs: Vec<Program>) -> io::Result<Vec<Case>> {
    let theirs = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| python.traces(&programs, ""));
        let ours: Vec<_> = programs.iter().map(ours).collect();
        let theirs = theirs.join().expect("it does not panic")?;
        io::Result::Ok(theirs.into_iter().zip(ours).collect::<Vec<_>>())
    })?;
    let mut cases: Vec<Case> = programs
        .into_iter()
        .zip(theirs)
        .map(|(program, (python, ours))| Case {
            verdict: verdict(program.order, &python, &ours),
            program,
            python,
            ours,
        })
        .collect();
    excuse(python, &mut cases)?;
    Ok(cases)
}

/// What a program traces here; a panic is a trace of its own.
#[must_use]
pub fn ours(program: &Program) -> Vec<String> {
    catch_unwind(|| interpret::on_virtual_clock(program)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        vec![format!("0 ? panicked: {}", text.unwrap_or("?"))]
    })
}

/// Looks whether CPython itself has other traces for the programs that diverge.
fn excuse(python: &Python, cases: &mut [Case]) -> io::Result<()> {
    for option in iter::once(OF_TIMERS.to_owned()).chain(of_turns()) {
        let applies = |order| option == OF_TIMERS || order == Order::PerTask;
        let mut diverging: Vec<_> = cases
            .iter_mut()
            .filter(|case| matches!(case.verdict, Verdict::Diverge { .. }))
            .filter(|case| applies(case.program.order))
            .collect();
        if diverging.is_empty() {
            continue;
        }
        let programs: Vec<_> = diverging.iter().map(|case| case.program.clone()).collect();
        let traces = python.traces(&programs, &option)?;
        for (case, trace) in diverging.iter_mut().zip(traces) {
            if verdict(case.program.order, &case.python, &trace) != Verdict::Agree {
                case.verdict = Verdict::Unspecified;
            }
        }
    }
    Ok(())
}

/// Compares.
#[must_use]
pub fn verdict(order: Order, python: &[String], ours: &[String]) -> Verdict {
    let deviates = python
        .iter()
        .map(|line| Line::of(line))
        .find(|line| line.name == "!");
    let end = deviates.map_or(u64::MAX, |line| line.ms);
    let before = |lines| -> Vec<Line<'_>> {
        let lines: &[String] = lines;
        let lines = lines.iter().map(|line| Line::of(line));
        lines.filter(|line| line.ms < end).collect()
    };
    let (python, ours) = (before(python), before(ours));
    let difference = by_name(&python, &ours).or_else(|| match order {
        Order::Total => first(&in_order(&python), &in_order(&ours)).map(|(_, text)| text),
        Order::PerTask => None,
    });
    match (difference, deviates) {
        (Some(difference), _) => Verdict::Diverge { difference },
        (None, Some(line)) => Verdict::AgreeUntil(line.event.to_owned()),
        (None, None) => Verdict::Agree,
    }
}

/// A line of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) ms: u64,
    pub(crate) name: &'a str,
    pub(crate) event: &'a str,
}

impl<'a> Line<'a> {
    pub(crate) fn of(line: &'a str) -> Self {
        let mut words = line.splitn(3, ' ');
        let ms = words.next().and_then(|ms| ms.parse().ok()).unwrap_or(0);
        let (name, event) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        Line { ms, name, event }
    }
}

/// How a task ended is called by a callback, one turn after it did in CPython.
fn in_order<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let no_callback = |line: &&Line<'_>| !line.event.starts_with("= ");
    lines.iter().filter(no_callback).copied().collect()
}

fn by_name(python: &[Line<'_>], ours: &[Line<'_>]) -> Option<String> {
    let mut names: BTreeMap<&str, [Vec<Line<'_>>; 2]> = BTreeMap::new();
    for (side, lines) in [python, ours].into_iter().enumerate() {
        for line in lines {
            names.entry(line.name).or_default()[side].push(*line);
        }
    }
    let differences = names
        .values()
        .filter_map(|[python, ours]| first(python, ours));
    differences.min_by_key(|(ms, _)| *ms).map(|(_, text)| text)
}

fn first(python: &[Line<'_>], ours: &[Line<'_>]) -> Option<(u64, String)> {
    let length = python.len().max(ours.len());
    let (at, (theirs, ours)) = (0..length)
        .map(|at| (at, (python.get(at), ours.get(at))))
        .find(|(_, (python, ours))| python != ours)?;
    let show = |line: Option<&Line<'_>>| match line {
        Some(line) => format!("`{} {} {}`", line.ms, line.name, line.event),
        None => "the end".to_owned(),
    };
    let ms = [theirs, ours]
        .into_iter()
        .flatten()
        .map(|line| line.ms)
        .min();
    let text = format!("line {at}: CPython {}, here {}", show(theirs), show(ours));
    Some((ms.unwrap_or(0), text))
}
