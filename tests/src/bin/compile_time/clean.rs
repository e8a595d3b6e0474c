//! A clean build of our macro crate and of tokio's, with all that they depend on. It is measured as those who use them
//! have it: cargo does not look for warnings in what comes from a registry.
//!
//! The seconds are the medians of nine rounds, also of the ratios in each. They vary by a tenth, what callgrind counts
//! does not.

use super::{SITES, manifest, target, user_seconds, within};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs};

const ROUNDS: usize = 9;

/// What cargo gives rustc for what is not the user's own.
const AS_FROM_A_REGISTRY: &str = "--cap-lints=allow";

pub(crate) fn seconds(folder: &Path) {
    let (mut seconds, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    println!(
        "| round | `asyncio-macros`, s | `tokio-macros`, s | ours to theirs |\n|---|--:|--:|--:|"
    );
    for round in 1..=ROUNDS {
        let [ours, theirs] = dependencies().map(|dependency| {
            prepare(folder, &dependency);
            user_seconds(folder, "build", AS_FROM_A_REGISTRY)
        });
        println!(
            "| {round} | {ours:.2} | {theirs:.2} | {:.2} |",
            ours / theirs
        );
        seconds[0].push(ours);
        seconds[1].push(theirs);
        ratios.push(ours / theirs);
    }
    let [ours, theirs] = seconds.map(median);
    let ratio = median(ratios);
    println!("| median | {ours:.2} | {theirs:.2} | {ratio:.2} |");
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Ours and tokio's.
fn dependencies() -> [String; 2] {
    let macros = Path::new(env!("CARGO_MANIFEST_DIR")).join("../macros");
    [
        format!("asyncio-macros = {{ path = {macros:?} }}\n"),
        "tokio-macros = \"2\"\n".to_owned(),
    ]
}

fn prepare(folder: &Path, dependency: &str) {
    manifest(folder, dependency);
    fs::write(folder.join("src/bin/sites.rs"), "fn main() {}\n").expect("it can be written");
    remove(&target(folder));
}

fn remove(folder: &Path) {
    // It is not there the first time.
    let _ = fs::remove_dir_all(folder);
}

/// In the environment, where this program is to count what a rustc does: the folder for the counts.
pub(crate) const COUNTS: &str = "COMPILE_TIME_COUNTS";

pub(crate) fn instructions(folder: &Path) {
    println!("| | instructions of rustc, 10⁹ |\n|---|--:|");
    let [ours, theirs] = dependencies().map(|dependency| counted(folder, &dependency));
    println!("| `asyncio-macros` | {ours:.2} |\n| `tokio-macros` | {theirs:.2} |");
    println!("| ours to theirs | {:.3} |", ours / theirs);
}

/// 10⁹ instructions of all the rustc that build this.
fn counted(folder: &Path, dependency: &str) -> f64 {
    prepare(folder, dependency);
    let counts = folder.join("counts");
    remove(&counts);
    fs::create_dir_all(&counts).expect("it can be made");
    let status = within(folder, env!("CARGO"), AS_FROM_A_REGISTRY)
        .arg("build")
        .args(SITES)
        .env("RUSTC", rustc())
        .env("RUSTC_WRAPPER", env::current_exe().expect("it has a path"))
        .env(COUNTS, &counts)
        .status();
    assert!(status.expect("cargo runs").success(), "cargo build");
    let files = fs::read_dir(&counts).expect("it is there");
    let logs = files
        .map(|file| fs::read_to_string(file.expect("it is there").path()).expect("it is text"));
    logs.map(|log| collected(&log)).sum::<f64>() / 1e9
}

/// The compiler itself: `rustc` may be a program that starts it.
fn rustc() -> PathBuf {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = output.expect("there is a rustc").stdout;
    let sysroot = String::from_utf8(sysroot).expect("it is a path in UTF-8");
    Path::new(sysroot.trim_end()).join("bin/rustc")
}

/// `==1234== Collected : 5678`, if it ran a program of its own.
fn collected(log: &str) -> f64 {
    let line = log.lines().find(|line| line.contains("Collected"));
    let count = line.and_then(|line| line.split_once(" : "));
    count.map_or(0.0, |(_, count)| {
        count.trim().parse().expect("it is a number")
    })
}

/// What cargo starts in place of a rustc.
pub(crate) fn count(counts: &Path) {
    let log = format!("--log-file={}/%p", counts.display());
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &log])
        .args(env::args_os().skip(1))
        .status()
        .expect("there is a valgrind");
    exit(status.code().unwrap_or(1));
}
