//! Where the documentation has the table, and the three numbers.

use crate::golden::behaviours;
use crate::table;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A chapter of the guide: all of the table.
fn page() -> PathBuf {
    root().join("runtime/src/guide/conformance.md")
}

/// One line of it has the numbers.
fn readme() -> PathBuf {
    root().join("README.md")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What each file should be.
fn wanted() -> io::Result<[(PathBuf, String); 2]> {
    let text = fs::read_to_string(readme())?;
    Ok([(page(), table::markdown()), (readme(), with_numbers(&text))])
}

/// The same text with today's numbers in the line that has them.
fn with_numbers(text: &str) -> String {
    let begins = format!("Of {} behaviours", behaviours().len());
    let lines = text.split_inclusive('\n').map(|line| {
        if line.starts_with(&begins) {
            table::summary() + "\n"
        } else {
            line.to_owned()
        }
    });
    lines.collect()
}

/// Writes what has changed.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn write() -> io::Result<()> {
    for (path, text) in wanted()? {
        fs::write(path, text)?;
    }
    Ok(())
}

/// What is not as it should be.
///
/// # Errors
///
/// If a file cannot be read.
pub fn faults() -> io::Result<Vec<String>> {
    let mut faults = Vec::new();
    for (path, text) in wanted()? {
        let there = fs::read_to_string(&path)?;
        if there != text || !there.contains(&table::summary()) {
            faults.push(format!("{} is not current", path.display()));
        }
    }
    Ok(faults)
}
