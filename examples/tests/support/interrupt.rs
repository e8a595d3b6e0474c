//! Real interrupts, as Ctrl-C sends them.

use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A command that Ctrl-C can interrupt, though a shell that runs the tests in the background has its
/// children ignore that.
pub(crate) fn interruptible(program: &Path) -> Command {
    let mut command = if ignores_interrupts() {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn ignores_interrupts() -> bool {
    const SIGINT: u64 = 1 << 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & SIGINT != 0)
}

/// Ctrl-C.
pub(crate) async fn interrupt(child: &Child) -> io::Result<()> {
    let id = child.id().ok_or(io::ErrorKind::NotFound)?.to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().await?;
    if sent.success() {
        Ok(())
    } else {
        Err(io::Error::other("`kill` failed"))
    }
}
