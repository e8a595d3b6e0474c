//! Instructions, counted by callgrind.

use crate::Comparison;
use std::env;
use std::process::Command;

/// With this flag and the names of a comparison and a contender, the program runs that one only.
pub(crate) const FLAG: &str = "--run-one";

const CALLS: usize = 64;

/// How many instructions each contender takes for an operation.
pub(crate) fn measure(comparison: &Comparison<'_>) -> Vec<f64> {
    let names = comparison.contenders.iter().map(|c| c.name);
    let costs = names.map(|name| count(&comparison.name, name));
    costs
        .map(|instructions| instructions / (CALLS * comparison.operations) as f64)
        .collect()
}

/// Runs this program for one contender under callgrind, which counts inside of `measured` only.
fn count(comparison: &str, contender: &str) -> f64 {
    let this = env::current_exe().expect("a program knows its own path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*instructions*measured*")
        .arg(this)
        .args([FLAG, comparison, contender])
        .output()
        .expect("`--instructions` needs valgrind");
    let messages = String::from_utf8_lossy(&output.stderr);
    let collected = messages
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .unwrap_or_else(|| panic!("callgrind counted nothing:\n{messages}"));
    collected.1.trim().parse().expect("a number")
}

/// The other side of `count`.
pub(crate) fn run_one(comparisons: Vec<Comparison<'_>>, comparison: &str, contender: &str) {
    let mut contenders = comparisons
        .into_iter()
        .filter(|candidate| candidate.name == comparison)
        .flat_map(|comparison| comparison.contenders);
    let contender = contenders.find(|candidate| candidate.name == contender);
    let mut run = contender.expect("it is in the list").run;
    // What happens once only, as a pool that is filled, is not counted.
    run();
    run();
    measured(&mut run);
}

#[inline(never)]
fn measured(run: &mut dyn FnMut()) {
    for _ in 0..CALLS {
        run();
    }
}
