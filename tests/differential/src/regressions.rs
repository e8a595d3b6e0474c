//! Programs that once diverged, with what CPython traced.

use crate::compare::Case;
use crate::program::Program;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Regression {
    /// What it is about.
    pub about: String,
    /// What ran.
    pub program: Program,
    /// What CPython traced.
    pub cpython: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

/// All of them, with their names.
///
/// # Errors
///
/// If one cannot be read.
pub fn all() -> io::Result<Vec<(String, Regression)>> {
    let mut all = Vec::new();
    for entry in folder().read_dir()? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            all.push((name, serde_json::from_slice(&fs::read(&path)?)?));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(all)
}

/// Keeps a program that diverges.
///
/// # Errors
///
/// If it cannot be written.
pub fn keep(name: &str, case: &Case) -> io::Result<()> {
    let regression = Regression {
        about: format!("{:?}", case.verdict),
        program: case.program.clone(),
        cpython: case.python.clone(),
    };
    let mut text = serde_json::to_string_pretty(&regression)?;
    text.push('\n');
    fs::write(folder().join(format!("{name}.json")), text)
}
