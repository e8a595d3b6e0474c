//! The directory of the sockets: nobody but the user may look into it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Where the sockets are: `$XDG_RUNTIME_DIR/asyncio`, or else `/tmp/asyncio-` and the number of the
/// user. Not `$TMPDIR`, which may be another one where the program is looked at from.
pub(super) fn path() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|path| path.is_absolute() && path.is_dir()) {
        Some(path) => path.join("asyncio"),
        None => format!("/tmp/asyncio-{}", user()).into(),
    }
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Makes the directory, unless it is there and is the user's own.
pub(super) fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made?,
    }
    // Not what a link leads to: it may be another user's.
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() || found.uid() != user() || found.mode() & 0o077 != 0 {
        let text = format!(
            "`{}` is not a directory of this user's with mode 0700",
            path.display()
        );
        return Err(io::Error::new(ErrorKind::PermissionDenied, text));
    }
    Ok(())
}

/// Removes the sockets of programs that ended without doing so.
pub(super) fn tidy(path: &Path) {
    let Ok(entries) = fs::read_dir(path) else {
        return;
    };
    for entry in entries.flatten() {
        let socket = entry.path();
        if socket
            .extension()
            .is_some_and(|extension| extension == "sock")
            && is_left(&socket)
        {
            let _ = fs::remove_file(&socket);
        }
    }
}

/// Whether nobody listens there any more.
pub(super) fn is_left(socket: &Path) -> bool {
    let connected = UnixStream::connect(socket);
    connected.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}
