//! Asks a program, over its socket.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A program answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where programs may have their sockets: as their own environment says, which need not be ours. Only
/// directories of that user count: in `/tmp` anybody could make one.
fn directories(pid: Option<u32>) -> Vec<PathBuf> {
    let mut users: Vec<u32> = fs::metadata("/proc/self")
        .or_else(|_| fs::metadata("/dev/stdin"))
        .iter()
        .map(MetadataExt::uid)
        .collect();
    if let Some(process) = pid.and_then(|pid| fs::metadata(format!("/proc/{pid}")).ok()) {
        // The superuser may ask others' programs.
        users.push(process.uid());
    }
    let mut found = Vec::new();
    if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR") {
        found.push(Path::new(&runtime).join("asyncio"));
    }
    for user in &users {
        found.push(format!("/run/user/{user}/asyncio").into());
        found.push(format!("/tmp/asyncio-{user}").into());
    }
    found.retain(|path| fs::symlink_metadata(path).is_ok_and(|found| users.contains(&found.uid())));
    found.sort();
    found.dedup();
    found
}

/// Asks a process, and gives the text to print.
pub(crate) fn ask(command: &str, pid: u32) -> Result<String, String> {
    let mut refused = None;
    for directory in directories(Some(pid)) {
        match ask_at(&directory.join(format!("{pid}.sock")), command) {
            Ok(answer) => return read(&answer),
            Err(error) if is_nobody(&error) => {}
            Err(error) => refused = Some(error),
        }
    }
    Err(match refused {
        Some(error) => format!("process {pid} cannot be asked: {error}"),
        None if Path::new("/proc/self").exists()
            && !Path::new(&format!("/proc/{pid}")).exists() =>
        {
            format!("there is no process {pid}")
        }
        None => format!(
            "process {pid} does not answer: it needs `let _serving = \
             asyncio::introspection::serve()?;`, or `ASYNCIO_INTROSPECT=1` in its environment"
        ),
    })
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused
    )
}

fn ask_at(socket: &Path, command: &str) -> io::Result<String> {
    let mut connection = UnixStream::connect(socket)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    writeln!(connection, "{command}")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What follows the first line of an answer, which says whether it is one.
fn read(answer: &str) -> Result<String, String> {
    let (head, text) = answer.split_once('\n').unwrap_or((answer, ""));
    match head.strip_prefix("asyncio 1 ") {
        Some("ok") => Ok(text.to_owned()),
        Some(error) => Err(error.strip_prefix("error ").unwrap_or(error).to_owned()),
        None => {
            Err("the answer is not understood: the program may be of another version".to_owned())
        }
    }
}

/// The processes that answer, one a line.
pub(crate) fn list() -> Result<String, String> {
    let mut pids: Vec<u32> = directories(None)
        .iter()
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flatten()
        .flatten()
        .filter(|entry| UnixStream::connect(entry.path()).is_ok())
        .filter_map(|entry| entry.path().file_stem()?.to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids.dedup();
    let line = |pid: u32| {
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        format!("{pid} {}\n", command.trim_end())
    };
    Ok(pids.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_text_or_an_error() {
        assert_eq!(read("asyncio 1 ok\na\nb\n"), Ok("a\nb\n".to_owned()));
        assert_eq!(read("asyncio 1 error no\n"), Err("no".to_owned()));
        assert!(
            read("HTTP/1.1 200\n")
                .unwrap_err()
                .contains("not understood")
        );
        assert!(read("").is_err());
    }
}
