//! What the figures were taken with.

use std::fs;
use std::process::Command;

/// The machine, the toolchain, the versions of the contenders, and the date, in a few lines.
#[must_use]
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let allocator = if cfg!(feature = "mimalloc") {
        "mimalloc"
    } else {
        "that of the system"
    };
    format!(
        "{}, {cores} cores, {}. {}. Allocator: {allocator}. {}.\n\n{}.\n",
        processor().unwrap_or_else(|| "Some processor".to_owned()),
        output("uname", &["-sr"]),
        output("rustc", &["--version"]),
        output("date", &["-u", "+%F"]),
        versions().join(", ")
    )
}

/// The toolchain, and what it compiles for.
pub(crate) fn toolchain() -> String {
    let architecture = std::env::consts::ARCH;
    format!("{} {architecture}", output("rustc", &["--version"]))
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = info.lines().find(|line| line.starts_with("model name"))?;
    Some(model.split_once(':')?.1.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_else(|_| format!("`{program}` is not there"))
}

/// The crates that the benches depend on, in the versions that they were built with.
fn versions() -> Vec<String> {
    let manifest = include_str!("../Cargo.toml").lines();
    let dependencies = manifest
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names = dependencies.filter_map(|line| line.split([' ', '.', '=']).next());
    names.filter_map(version).collect()
}

fn version(name: &str) -> Option<String> {
    let (_, package) =
        include_str!("../../Cargo.lock").split_once(&format!("name = \"{name}\"\nversion = \""))?;
    let (version, _) = package.split_once('"')?;
    Some(format!("{name} {version}"))
}
