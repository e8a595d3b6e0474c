//! `create_subprocess_exec` and `create_subprocess_shell`.

use super::child::Child;
use super::process::Process;
use super::stdio::Stdio;
use crate::streams::{DEFAULT_LIMIT, StreamReader, StreamWriter};
use std::ffi::OsStr;
use std::future::{Future, IntoFuture};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::process::Command;

/// Runs a program with arguments: `asyncio.create_subprocess_exec`.
///
/// Awaited, it gives the running [`Process`]. Its standard streams are those of this process, unless
/// redirected; see [`PIPE`](super::PIPE), [`STDOUT`](super::STDOUT) and [`DEVNULL`](super::DEVNULL). No
/// arguments are written as `[""; 0]`.
///
/// # Errors
///
/// If the program cannot be run: of the kind [`NotFound`](io::ErrorKind::NotFound) if there is none.
///
/// # Cancellation
///
/// It starts the process in one poll, so it starts it or does not; a process that it started is in what
/// it gives.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```
/// use asyncio::create_subprocess_exec;
/// use asyncio::subprocess::{DEVNULL, PIPE};
///
/// # #[cfg(unix)]
/// #[asyncio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let mut echo = create_subprocess_exec("echo", ["one", "two"])
///         .stdin(DEVNULL)
///         .stdout(PIPE)
///         .await?;
///     let line = echo.stdout.as_mut().unwrap().readline().await?;
///     assert_eq!(line, b"one two\n");
///     assert_eq!(echo.wait().await, 0);
///     Ok(())
/// }
/// # #[cfg(not(unix))]
/// # fn main() {}
/// ```
pub fn create_subprocess_exec<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = A>,
) -> CreateSubprocess {
    let mut command = Command::new(program);
    command.args(args);
    CreateSubprocess::new(command)
}

/// Runs a command line by the shell: `asyncio.create_subprocess_shell`. Else as
/// [`create_subprocess_exec`].
///
/// The shell is `/bin/sh`, on Windows `cmd`. What comes from elsewhere has to be quoted, or it can run
/// anything.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)]
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let process = asyncio::create_subprocess_shell("exit 3").await?;
///     assert_eq!(process.wait().await, 3);
///     Ok(())
/// }
/// # #[cfg(not(unix))]
/// # fn main() {}
/// ```
pub fn create_subprocess_shell(command: impl AsRef<OsStr>) -> CreateSubprocess {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("/bin/sh", "-c")
    };
    let mut run = Command::new(shell);
    run.arg(flag).arg(command);
    CreateSubprocess::new(run)
}

/// A process to be started: see [`create_subprocess_exec`].
#[derive(Debug)]
#[must_use = "a process is started by `.await`"]
pub struct CreateSubprocess {
    command: Command,
    stdin: Stdio,
    stdout: Stdio,
    stderr: Stdio,
    limit: usize,
    kill_on_cancel: bool,
}

impl CreateSubprocess {
    fn new(command: Command) -> Self {
        CreateSubprocess {
            command,
            stdin: Stdio::Inherit,
            stdout: Stdio::Inherit,
            stderr: Stdio::Inherit,
            limit: DEFAULT_LIMIT,
            kill_on_cancel: false,
        }
    }

    /// Where standard input comes from: `stdin=..`.
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Where standard output goes: `stdout=..`.
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = stdout.into();
        self
    }

    /// Where standard error goes: `stderr=..`.
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = stderr.into();
        self
    }

    /// The directory to run in: `cwd=..`.
    pub fn cwd(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Sets a variable of the environment, beside those of this process.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The whole environment: `env=..`. What was set before is gone.
    pub fn envs_only<N: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut self,
        envs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.command.env_clear().envs(envs);
        self
    }

    /// The limit of the readers, in bytes: `limit=..`. 64 KiB unless told.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        assert!(limit > 0, "the limit of a stream cannot be 0");
        self.limit = limit;
        self
    }

    /// Whether the process is killed when its [`Process`] is dropped before it has ended: because its
    /// task was cancelled, a time-out passed, `?` left the function. False unless told, as in asyncio.
    ///
    /// It is killed at once, and reaped by handed-over cleanup (see [`finally`](crate::finally)): when
    /// the cancelled task is done, there is no such process.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{create_subprocess_exec, timeout};
    ///
    /// # #[cfg(unix)]
    /// #[asyncio::main]
    /// async fn main() {
    ///     let slow = timeout(0.05, async {
    ///         let sleep = create_subprocess_exec("sleep", ["60"]).kill_on_cancel(true).await?;
    ///         Ok::<i32, std::io::Error>(sleep.wait().await)
    ///     });
    ///     assert!(slow.await.is_err()); // and `sleep` is gone
    /// }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub const fn kill_on_cancel(mut self, kill: bool) -> Self {
        self.kill_on_cancel = kill;
        self
    }

    /// Anything else that [`Command`] can set: user, process group, what runs before the program.
    ///
    /// Its standard streams are set by [`stdin`](Self::stdin) and its like.
    pub fn configure(mut self, configure: impl FnOnce(&mut Command)) -> Self {
        configure(&mut self.command);
        self
    }

    fn spawn(self) -> io::Result<Process> {
        let CreateSubprocess {
            mut command,
            stdin,
            stdout,
            stderr,
            limit,
            kill_on_cancel,
        } = self;
        command.kill_on_drop(false);
        command.stdin(stdin.into_std()?);
        let merged = redirect(&mut command, stdout, stderr, limit)?;
        let mut child = command.spawn().map_err(|error| named(&command, &error))?;
        // It holds our ends of a pipe's other side: nobody would ever read to its end.
        drop(command);
        let reader = |io| StreamReader::with_limit(io, limit);
        let stdin = child.stdin.take().map(StreamWriter::new);
        let stdout = merged.or_else(|| child.stdout.take().map(reader));
        let stderr = child
            .stderr
            .take()
            .map(|io| StreamReader::with_limit(io, limit));
        let child = Child::new(child);
        Ok(Process::new(child, stdin, stdout, stderr, kill_on_cancel))
    }
}

/// The error of a program that cannot be run, with its name, as Python's has it.
fn named(command: &Command, error: &io::Error) -> io::Error {
    let command = command.as_std();
    let mut what = format!("cannot run `{}`", command.get_program().display());
    if let Some(directory) = command.get_current_dir() {
        what += &format!(" in `{}`", directory.display());
    }
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// Sets standard output and error. Gives the reader of a pipe that is for both.
fn redirect(
    command: &mut Command,
    stdout: Stdio,
    stderr: Stdio,
    limit: usize,
) -> io::Result<Option<StreamReader>> {
    match (&stdout, stderr) {
        (Stdio::Pipe, Stdio::Stdout) => return pipe_for_both(command, limit).map(Some),
        (Stdio::Stdout, _) => {} // refused below
        (stdout, Stdio::Stdout) => drop(command.stderr(stdout.share()?)),
        (_, stderr) => drop(command.stderr(stderr.into_std()?)),
    }
    command.stdout(stdout.into_std()?);
    Ok(None)
}

#[cfg(unix)]
fn pipe_for_both(command: &mut Command, limit: usize) -> io::Result<StreamReader> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let receiver = tokio::net::unix::pipe::Receiver::from_owned_fd(reader.into())?;
    Ok(StreamReader::with_limit(receiver, limit))
}

#[cfg(not(unix))]
fn pipe_for_both(_: &mut Command, _: usize) -> io::Result<StreamReader> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "one pipe for stdout and stderr is not supported on this platform",
    ))
}

impl IntoFuture for CreateSubprocess {
    type Output = io::Result<Process>;
    type IntoFuture = Spawn;

    fn into_future(self) -> Spawn {
        Spawn(Some(self))
    }
}

/// The future of [`CreateSubprocess`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Spawn(Option<CreateSubprocess>);

impl Future for Spawn {
    type Output = io::Result<Process>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.take() {
            Some(create) => Poll::Ready(create.spawn()),
            None => panic!("future polled after it was done"),
        }
    }
}
