//! Finds the programs that the tests run.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a test returns, so that it can say `?`.
pub(crate) type Tested = Result<(), Box<dyn Error>>;

/// The program of an example.
///
/// Cargo builds the examples for `cargo test` and `cargo test --all-targets`, but not for
/// `cargo test --test NAME`. A program that is missing or older than its sources is refused, so that no
/// test speaks of yesterday's.
pub(crate) fn example(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let deps = std::env::current_exe()?;
    let target = deps.parent().and_then(Path::parent).ok_or("no target")?;
    let program = target.join("examples").join(name);
    let build = "run `cargo build -p asyncio-examples --examples` first";
    let built = modified(&program).map_err(|error| format!("{name}: {error}: {build}"))?;
    // "program: source source ..", with `\ ` for a space in a name.
    let sources = fs::read_to_string(program.with_extension("d"))?;
    let sources = sources.split_once(": ").ok_or("no sources")?.1;
    for source in sources.replace("\\ ", "\0").split_whitespace() {
        let source = source.replace('\0', " ");
        if modified(Path::new(&source)).is_ok_and(|changed| changed > built) {
            return Err(format!("{name} is older than {source}: {build}").into());
        }
    }
    Ok(program)
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}
