//! Where the standard streams of a child go.

use std::fs::File;
use std::io;

/// Where a standard stream of a child comes from or goes to; see
/// [`create_subprocess_exec`](crate::create_subprocess_exec). A [`File`] becomes one by itself.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// Where that of this process does: `None` in Python.
    #[default]
    Inherit,
    /// A pipe to this process: `asyncio.subprocess.PIPE`.
    Pipe,
    /// Nowhere: `asyncio.subprocess.DEVNULL`.
    Null,
    /// For standard error: where standard output goes: `asyncio.subprocess.STDOUT`.
    Stdout,
    /// A file, or whatever else has a descriptor.
    File(File),
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        Stdio::File(file)
    }
}

#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for Stdio {
    fn from(fd: std::os::fd::OwnedFd) -> Self {
        Stdio::File(fd.into())
    }
}

impl Stdio {
    /// For standard input and output.
    pub(super) fn into_std(self) -> io::Result<std::process::Stdio> {
        match self {
            Stdio::Inherit => Ok(std::process::Stdio::inherit()),
            Stdio::Pipe => Ok(std::process::Stdio::piped()),
            Stdio::Null => Ok(std::process::Stdio::null()),
            Stdio::File(file) => Ok(file.into()),
            Stdio::Stdout => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "`STDOUT` can only be used for stderr",
            )),
        }
    }

    /// The same once more, for standard error. A pipe cannot be shared that way.
    pub(super) fn share(&self) -> io::Result<std::process::Stdio> {
        match self {
            Stdio::Inherit => own_stdout(),
            Stdio::Null => Ok(std::process::Stdio::null()),
            Stdio::File(file) => Ok(file.try_clone()?.into()),
            Stdio::Pipe | Stdio::Stdout => {
                unreachable!("the one is shared elsewhere, the other no place")
            }
        }
    }
}

#[cfg(unix)]
fn own_stdout() -> io::Result<std::process::Stdio> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn own_stdout() -> io::Result<std::process::Stdio> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
