//! The programs that once diverged, always; new ones where there is a CPython to compare with.

use asyncio_differential::compare::{self, Case, Verdict};
use asyncio_differential::program::{Order, Program};
use asyncio_differential::python::Python;
use asyncio_differential::{generate, regressions, threads};
use std::io::Write;

/// The slice that every run of the tests looks at. The long run is a program: see `DEVELOPMENT.md`.
const SEEDS: std::ops::Range<u64> = 0..2_000;

#[test]
fn regressions() {
    let all = regressions::all().expect("they can be read");
    assert!(!all.is_empty());
    for (name, regression) in all {
        let program = &regression.program;
        let ours = compare::ours(program);
        let verdict = compare::verdict(program.order, &regression.cpython, &ours);
        assert_eq!(
            verdict,
            Verdict::Agree,
            "{name}: {}\n{ours:#?}",
            regression.about
        );
    }
}

#[test]
fn new_programs_agree_with_cpython() {
    let Some(python) = Python::find() else {
        return say(
            "NOT RUN: no CPython from 3.13 on was found (ASYNCIO_PYTHON names one): only what is kept in \
             `regressions` was compared",
        );
    };
    let cases = compare::run(&python, SEEDS.map(generate::program).collect());
    let cases = cases.expect("Python runs them");
    let count = cases.len();
    let diverging: Vec<Case> = cases
        .into_iter()
        .filter(|case| matches!(case.verdict, Verdict::Diverge { .. }))
        .collect();
    say(&format!(
        "{count} programs compared with CPython {}",
        python.version
    ));
    assert!(
        diverging.is_empty(),
        "{} diverge; to shrink the first: cargo run -p asyncio-differential -- --seed {}\n{:#?}",
        diverging.len(),
        diverging[0].program.seed,
        diverging[0]
    );
}

/// Also where the output of tests that pass is not shown.
fn say(text: &str) {
    let _closed = writeln!(std::io::stderr(), "\ndifferential: {text}");
}

/// A comparison that sees nothing would agree with everything.
#[test]
fn a_trace_that_is_not_ours_diverges() {
    for (name, regression) in regressions::all().expect("they can be read") {
        for at in 0..regression.cpython.len() {
            let mut other = regression.cpython.clone();
            other[at].push('?');
            let verdict = compare::verdict(Order::Total, &other, &regression.cpython);
            assert!(
                matches!(verdict, Verdict::Diverge { .. }),
                "{name}, line {at}"
            );
        }
        let mut swapped = regression.cpython.clone();
        let at = swapped.windows(2).position(|pair| {
            let name = |line: &str| line.split(' ').nth(1).map(str::to_owned);
            name(&pair[0]) != name(&pair[1]) && !pair.iter().any(|line| line.contains(" = "))
        });
        let Some(at) = at else { continue };
        swapped.swap(at, at + 1);
        let verdict = compare::verdict(Order::Total, &swapped, &regression.cpython);
        assert!(
            matches!(verdict, Verdict::Diverge { .. }),
            "{name}, line {at}"
        );
        let verdict = compare::verdict(Order::PerTask, &swapped, &regression.cpython);
        assert_eq!(verdict, Verdict::Agree, "{name}, line {at}");
    }
}

#[test]
fn programs_are_kept_as_they_are() {
    for seed in SEEDS.take(100) {
        let program = generate::program(seed);
        let text = serde_json::to_string(&program).expect("it is plain");
        let read: Program = serde_json::from_str(&text).expect("it was written");
        assert_eq!(read, program);
    }
}

/// Only the order of what each task does is compared, and what comes out.
#[test]
fn replayed_on_many_threads() {
    let replays = threads::kept().expect("they can be read");
    assert!(replays.len() > 50);
    let diverging = threads::replay(&replays);
    assert!(diverging.is_empty(), "{diverging:#?}");
}
