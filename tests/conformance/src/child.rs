//! Re-enactments in a process of their own: signals go to the process, and runners obey them on the main
//! thread only, which is not where tests run.

use serde_json::Value;
use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// Says which case the process is for.
const CASE: &str = "ASYNCIO_CONFORMANCE_CASE";

/// What became of one.
#[derive(Debug)]
pub struct Ended {
    /// What it said, line by line.
    pub said: Vec<Value>,
    /// The signal that killed it.
    pub signal: Option<i32>,
}

/// The case that this process is for, unless it is the one that runs the tests.
#[must_use]
pub fn case() -> Option<String> {
    env::var(CASE).ok()
}

/// Runs this program again, for a case.
///
/// # Panics
///
/// If that is not possible.
#[must_use]
pub fn run(case: &str) -> Ended {
    // A shell has what it runs in the background ignore interrupts.
    let mut command = Command::new("env");
    command.arg("--default-signal=INT");
    command.arg(env::current_exe().expect("it has a path"));
    command.env(CASE, case).stderr(Stdio::null());
    let output = command.output().expect("it can be run");
    let said = String::from_utf8(output.stdout).expect("it is text");
    let values = said.lines().map(serde_json::from_str);
    Ended {
        said: values.map(|value| value.expect("each is JSON")).collect(),
        signal: output.status.signal(),
    }
}
