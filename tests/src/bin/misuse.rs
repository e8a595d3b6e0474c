//! Prints how much rustc says about each misuse in `tests/ui`, as Markdown:
//!
//! ```console
//! $ cargo run -p asyncio-tests --bin misuse > tests/COUNTS.md
//! ```
//!
//! and about the same mistakes with other libraries, which it compiles for that (some minutes):
//!
//! ```console
//! $ cargo run -p asyncio-tests --bin misuse -- peers > tests/PEERS.md
//! ```

use asyncio_tests::misuse::{Count, counts, table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const LIBRARIES: [&str; 3] = ["asyncio", "tokio", "futures"];

fn main() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    match env::args().nth(1).as_deref() {
        None => print!("{}", table(&counts(&tests.join("ui")))),
        Some("peers") => peers(&tests.join("peers")),
        Some(other) => panic!("`{other}` is not `peers`"),
    }
}

fn peers(crate_: &Path) {
    println!("# The same mistakes with other libraries\n");
    println!(
        "Written by `cargo run -p asyncio-tests --bin misuse -- peers > tests/PEERS.md`, from"
    );
    println!(
        "`tests/peers`: errors and warnings / lines that rustc prints / characters underlined. 0 / 0 / 0"
    );
    println!("compiles, and goes wrong when it runs; `–` has no counterpart.\n");
    println!("| mistake | {} |", LIBRARIES.join(" | "));
    println!("|---|--:|--:|--:|");
    for (name, files) in cases(crate_) {
        let said = LIBRARIES.map(|library| match files.get(library) {
            Some(file) => said_about(crate_, file),
            None => "–".to_owned(),
        });
        println!("| {} | {} |", name.replace('_', " "), said.join(" | "));
    }
}

/// The cases, each with the programs by library.
fn cases(crate_: &Path) -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let mut cases: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    let files = fs::read_dir(crate_.join("src/bin")).expect("it is a folder");
    for file in files {
        let file = file.expect("it can be read").path();
        let name = file.file_stem().expect("it is a file").to_string_lossy();
        let (case, library) = name.split_once('-').expect("it is `case-library.rs`");
        let programs = cases.entry(case.to_owned()).or_default();
        programs.insert(library.to_owned(), file.clone());
    }
    cases
}

fn said_about(crate_: &Path, file: &Path) -> String {
    let name = file.file_stem().expect("it is a file");
    let check = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--color", "never", "--bin"])
        .arg(name)
        .arg("--manifest-path")
        .arg(crate_.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", crate_.join("../../target/peers"))
        .output()
        .expect("cargo runs");
    let output = String::from_utf8_lossy(&check.stderr);
    let is_about_it = check.status.success() || output.contains("`asyncio-misuse-peers`");
    assert!(
        is_about_it,
        "it is not {name:?} that does not compile: {output}"
    );
    let about = Count::of(&of_rustc(&output));
    format!("{} / {} / {}", about.reports, about.lines, about.carets)
}

/// Without the sums at the end, which are no reports.
fn of_rustc(output: &str) -> String {
    let is_sum = |line: &&str| {
        line.starts_with("error: could not compile")
            || line.starts_with("error: aborting due to")
            || line.starts_with("warning: `")
            || line.starts_with("For more information about")
            || line.starts_with("Some errors have detailed")
    };
    let lines = output.lines().filter(|line| !is_sum(line));
    lines.collect::<Vec<_>>().join("\n")
}
