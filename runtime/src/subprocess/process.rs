//! `asyncio.subprocess.Process`.

use super::child::{Child, ProcessWait};
use crate::InvalidStateError;
use crate::scope::{AsyncExit, Exit, Finally, finally};
use crate::streams::{StreamReader, StreamWriter, is_hang_up};
use std::fmt;
use std::io;
use std::sync::Arc;

/// A running process, or one that has ended: `asyncio.subprocess.Process`. Made by
/// [`create_subprocess_exec`](crate::create_subprocess_exec) and
/// [`create_subprocess_shell`](crate::create_subprocess_shell).
///
/// It is a resource for [`with`](crate::with()): the exit closes the pipes and waits for the process,
/// and kills it first if the body failed or was cancelled.
///
/// # Dropping
///
/// The process runs on, and is reaped when it ends, as long as the Tokio runtime runs. With
/// [`kill_on_cancel`](super::CreateSubprocess::kill_on_cancel) it is killed and reaped.
///
/// # Examples
///
/// ```
/// use asyncio::subprocess::PIPE;
/// use asyncio::{create_subprocess_exec, with};
///
/// # #[cfg(unix)]
/// #[asyncio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let cat = create_subprocess_exec("cat", [""; 0]).stdin(PIPE).stdout(PIPE).await?;
///     let answer = with(cat, async |cat| {
///         cat.stdin.as_ref().unwrap().write("a line\n")?;
///         cat.stdout.as_mut().unwrap().readline().await
///     })
///     .await?;
///     assert_eq!(answer, b"a line\n");
///     Ok(())
/// }
/// # #[cfg(not(unix))]
/// # fn main() {}
/// ```
pub struct Process {
    /// Its standard input, if that is a pipe: `Process.stdin`.
    pub stdin: Option<StreamWriter>,
    /// Its standard output, if that is a pipe: `Process.stdout`.
    pub stdout: Option<StreamReader>,
    /// Its standard error, if that is a pipe of its own: `Process.stderr`.
    pub stderr: Option<StreamReader>,
    child: Arc<Child>,
    /// Kills and reaps.
    guard: Option<Finally>,
}

impl Process {
    pub(super) fn new(
        child: Arc<Child>,
        stdin: Option<StreamWriter>,
        stdout: Option<StreamReader>,
        stderr: Option<StreamReader>,
        kill_on_cancel: bool,
    ) -> Self {
        let guard = kill_on_cancel.then(|| {
            let child = Arc::clone(&child);
            finally(async move {
                let _ = ProcessWait::new(&child).await;
            })
        });
        Process {
            stdin,
            stdout,
            stderr,
            child,
            guard,
        }
    }

    /// Its process id: `Process.pid`. Another process may have it once this one has ended.
    #[doc(alias = "id")]
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.pid
    }

    /// What it ended with, or `None` while it runs: `Process.returncode`.
    ///
    /// A process that signal `N` killed has `-N`.
    #[must_use]
    pub fn returncode(&self) -> Option<i32> {
        self.child.returncode()
    }

    /// Waits until it ends, and gives its [`returncode`](Self::returncode): `Process.wait`. Several
    /// tasks may wait.
    ///
    /// A process that writes to a pipe which nobody reads does not end: use
    /// [`communicate`](Self::communicate) there.
    ///
    /// # Cancellation
    ///
    /// The process runs on.
    pub fn wait(&self) -> ProcessWait<'_> {
        ProcessWait::new(&self.child)
    }

    /// Gives it input, reads its output to the end, and waits until it ends: `Process.communicate`.
    ///
    /// Gives what it wrote to standard output and to standard error, as far as those are pipes. Its
    /// standard input is closed after the input, if that is a pipe. That the process does not take all
    /// of the input is no error.
    ///
    /// # Errors
    ///
    /// If there is input but no pipe to write it to, or a closed one; if a pipe fails.
    ///
    /// # Cancellation
    ///
    /// The process runs on, and gets its input. Called again, with no input, it gives all of the output.
    #[doc(alias = "wait_with_output")]
    pub async fn communicate(&mut self, input: impl AsRef<[u8]>) -> io::Result<(Vec<u8>, Vec<u8>)> {
        self.feed(input.as_ref())?;
        let Process {
            stdin,
            stdout,
            stderr,
            ..
        } = self;
        let (stdout, stderr, ()) = crate::gather!(read(stdout), read(stderr), fed(stdin)).await?;
        self.wait().await;
        Ok((stdout, stderr))
    }

    fn feed(&self, input: &[u8]) -> io::Result<()> {
        let Some(stdin) = &self.stdin else {
            if input.is_empty() {
                return Ok(());
            }
            let what = "there is input, and no pipe to standard input";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        };
        if !input.is_empty()
            && let Err(error) = stdin.write(input)
            && (is_misuse(&error) || !is_hang_up(&error))
        {
            return Err(error);
        }
        stdin.close();
        Ok(())
    }

    /// Sends it a signal: `Process.send_signal`. A number, or a
    /// [`SignalKind`](tokio::signal::unix::SignalKind).
    ///
    /// # Errors
    ///
    /// [`ProcessLookupError`](super::ProcessLookupError) inside of an error of the kind `NotFound`, if it
    /// has ended; if there is no such signal, or this process may not send it.
    #[cfg(unix)]
    pub fn send_signal(
        &self,
        signal: impl Into<tokio::signal::unix::SignalKind>,
    ) -> io::Result<()> {
        self.child.send_signal(signal.into().as_raw_value())
    }

    /// Asks it to end, by `SIGTERM`: `Process.terminate`. On Windows it kills.
    ///
    /// # Errors
    ///
    /// As [`kill`](Self::kill).
    pub fn terminate(&self) -> io::Result<()> {
        #[cfg(unix)]
        return self.send_signal(tokio::signal::unix::SignalKind::terminate());
        #[cfg(not(unix))]
        return self.kill();
    }

    /// Kills it, by `SIGKILL`: `Process.kill`.
    ///
    /// # Errors
    ///
    /// [`ProcessLookupError`](super::ProcessLookupError) inside of an error of the kind `NotFound`, if it
    /// has ended; if this process may not do it.
    #[doc(alias = "start_kill")]
    pub fn kill(&self) -> io::Result<()> {
        self.child.kill()
    }
}

/// Whether the stream was closed on this side before.
fn is_misuse(error: &io::Error) -> bool {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<InvalidStateError>())
        .is_some()
}

async fn read(stream: &mut Option<StreamReader>) -> io::Result<Vec<u8>> {
    match stream {
        Some(stream) => stream.read_to_eof().await,
        None => Ok(Vec::new()),
    }
}

async fn fed(stdin: &Option<StreamWriter>) -> io::Result<()> {
    match stdin {
        Some(stdin) => match stdin.wait_closed().await {
            Err(error) if !is_hang_up(&error) => Err(error),
            _ => Ok(()),
        },
        None => Ok(()),
    }
}

#[diagnostic::do_not_recommend]
impl AsyncExit for Process {
    async fn exit(mut self, how: Exit) {
        if let Some(guard) = self.guard.take() {
            guard.disarm();
        }
        if how != Exit::Normal {
            let _ = self.kill(); // has ended: as well
        }
        drop((self.stdin.take(), self.stdout.take(), self.stderr.take()));
        self.wait().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            match self.kill() {
                Ok(()) => drop(guard), // handed over
                Err(_) => guard.disarm(),
            }
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("pid", &self.pid())
            .field("returncode", &self.returncode())
            .finish_non_exhaustive()
    }
}
