//! Instructions, counted by callgrind.

use crate::Comparison;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

/// With this flag and the name of a comparison, the program runs the contenders of that one, in their
/// order.
pub(crate) const FLAG: &str = "--run-one";

const CALLS: usize = 64;

/// How many instructions each contender takes for an operation.
pub(crate) fn measure(comparison: &Comparison<'_>) -> Vec<f64> {
    let directory = env::temp_dir().join(format!("asyncio-benches-{}", process::id()));
    fs::create_dir_all(&directory).expect("a directory for callgrind");
    let counts = count(&comparison.name, comparison.contenders.len(), &directory);
    fs::remove_dir_all(&directory).expect("it was made above");
    let calls = (calls(comparison.operations) * comparison.operations) as f64;
    counts.into_iter().map(|count| count / calls).collect()
}

/// Long ones are the same each time.
fn calls(operations: usize) -> usize {
    if operations < 500 { CALLS } else { 4 }
}

/// Enough for what happens in one of many calls.
fn warm_up(operations: usize) -> usize {
    if operations < 500 { 2 * CALLS } else { 2 }
}

/// Runs this program for one comparison under callgrind, which counts inside of `measured`, and
/// writes it down at each `end`.
fn count(comparison: &str, contenders: usize, directory: &Path) -> Vec<f64> {
    let this = env::current_exe().expect("a program knows its own path");
    let file = directory.join("out");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(concat!("--toggle-collect=", module_path!(), "::measured"))
        .arg(concat!("--dump-before=", module_path!(), "::end"))
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(this)
        .args([FLAG, comparison])
        .output()
        .expect("`--instructions` needs valgrind");
    let part = |number| {
        let part = fs::read_to_string(file.with_extension(format!("{number}"))).ok()?;
        let total = part
            .lines()
            .find_map(|line| line.strip_prefix("totals: "))?;
        total.trim().parse().ok()
    };
    let counts = (1..=contenders).map(part).collect::<Option<_>>();
    counts.unwrap_or_else(|| {
        let messages = String::from_utf8_lossy(&output.stderr);
        panic!("callgrind has not counted `{comparison}`:\n{messages}")
    })
}

/// The other side of `count`.
pub(crate) fn run_one(comparisons: Vec<Comparison<'_>>, name: &str) {
    let mut comparisons = comparisons.into_iter();
    let comparison = comparisons.find(|candidate| candidate.name == name);
    let comparison = comparison.expect("it is in the list");
    for mut contender in comparison.contenders {
        // What happens once only, as a pool that is filled, is not counted.
        (0..warm_up(comparison.operations)).for_each(|_| (contender.run)());
        measured(&mut contender.run, calls(comparison.operations));
        end(contender.name);
    }
}

#[inline(never)]
fn measured(run: &mut dyn FnMut(), calls: usize) {
    for _ in 0..calls {
        run();
    }
}

/// Where callgrind writes down what it has counted. Two switches of it for one function do not go together.
#[inline(never)]
fn end(contender: &str) {
    black_box(contender);
}
