//! The long run: `cargo run --release -p asyncio-differential -- [options]`.
//!
//! * `--programs N`: how many, 10,000 unless said.
//! * `--first N`: the seed of the first, 0 unless said.
//! * `--shrink N`: how many of those that diverge to shrink and print, 1 unless said.
//! * `--seed N`: one program, and what both sides make of it.
//! * `--keep NAME`: writes the last one that was shrunk to the regressions.
//! * `--threads`: replays them on the multi-threaded runtime; with `--keep`, these are what the tests replay.

use asyncio_differential::compare::{self, Case, Verdict};
use asyncio_differential::python::Python;
use asyncio_differential::{generate, regressions, shrink, threads};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

fn option(name: &str) -> Option<String> {
    let mut args = std::env::args().skip_while(|arg| arg != name).skip(1);
    args.next()
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = option(name).map(|text| text.parse());
    let given = given.transpose();
    given
        .unwrap_or_else(|_| panic!("`{name}` takes a number"))
        .unwrap_or(otherwise)
}

fn main() -> ExitCode {
    let Some(python) = Python::find() else {
        eprintln!("no CPython from 3.13 on was found: set ASYNCIO_PYTHON");
        return ExitCode::FAILURE;
    };
    let seed = option("--seed").map(|_| number("--seed", 0));
    let (first, count) = match seed {
        Some(seed) => (seed, 1),
        None => (number("--first", 0), number("--programs", 10_000)),
    };
    if std::env::args().any(|arg| arg == "--threads") {
        return on_threads(&python, first, count);
    }
    let start = Instant::now();
    let mut diverging = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for from in (first..first + count).step_by(5_000) {
        let programs = (from..(from + 5_000).min(first + count)).map(generate::program);
        let cases = compare::run(&python, programs.collect()).expect("Python runs them");
        for case in cases {
            *counts.entry(name(&case.verdict)).or_default() += 1;
            if seed.is_some() {
                show(&case);
            }
            if matches!(case.verdict, Verdict::Diverge { .. }) {
                diverging.push(case);
            }
        }
    }
    println!(
        "CPython {}, seeds {first} to {}: {:.1?}",
        python.version,
        first + count - 1,
        start.elapsed()
    );
    for (verdict, count) in &counts {
        println!("{count:>8} {verdict}");
    }
    let seeds: Vec<_> = diverging
        .iter()
        .take(40)
        .map(|case| case.program.seed)
        .collect();
    if !seeds.is_empty() {
        println!("diverging: {seeds:?}");
    }
    let failed = !diverging.is_empty();
    let wanted = usize::try_from(number("--shrink", 1)).expect("a small number");
    for case in diverging.into_iter().take(wanted) {
        let case = shrink::shrink(&python, case).expect("Python runs them");
        show(&case);
        if let Some(name) = option("--keep") {
            regressions::keep(&name, &case).expect("the file can be written");
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The same on the multi-threaded runtime, for the programs that do not depend on a few milliseconds.
fn on_threads(python: &Python, first: u64, count: u64) -> ExitCode {
    let programs = (first..first + count).map(generate::program).collect();
    let replays = threads::robust(python, programs).expect("Python runs them");
    println!(
        "{} of {count} programs do not depend on a few milliseconds",
        replays.len()
    );
    if std::env::args().any(|arg| arg == "--keep") {
        threads::keep(&replays).expect("the file can be written");
    }
    let diverging = threads::replay(&replays);
    println!("{} diverge\n{diverging:#?}", diverging.len());
    if diverging.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn name(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Agree => "agree".to_owned(),
        Verdict::AgreeUntil(item) => format!("agree until {item}"),
        Verdict::Unspecified => "depend on what CPython leaves unspecified".to_owned(),
        Verdict::Diverge { .. } => "DIVERGE".to_owned(),
    }
}

fn show(case: &Case) {
    println!("\n--- seed {}: {:?}", case.program.seed, case.verdict);
    println!(
        "{}",
        serde_json::to_string(&case.program).expect("it is plain")
    );
    println!("CPython:\n    {}", case.python.join("\n    "));
    println!("here:\n    {}", case.ours.join("\n    "));
}
