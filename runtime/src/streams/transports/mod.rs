//! The two sides of a connection: `Lib/asyncio/transports.py`.
//!
//! Each side is shared by the stream that the program holds, by the other stream's `close`, and by the
//! server that may have to close it. A connection is over when neither side has its half of the socket
//! any more.

mod buffer;
mod read;
mod write;

pub(crate) use buffer::is_hang_up;
pub(super) use buffer::{End, Writing};
pub(super) use read::ReadSide;
pub(super) use write::{Key, WriteSide};

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// The reading half of whatever is on the other side.
pub(super) type BoxRead = Pin<Box<dyn AsyncRead + Send>>;
/// The writing half.
pub(super) type BoxWrite = Pin<Box<dyn AsyncWrite + Send>>;

/// What lives as long as a half of the connection: its drop tells a server that a client is gone.
pub(super) type Token = Option<Arc<dyn Any + Send + Sync>>;

/// An error that is told more than once.
#[derive(Clone, Debug)]
pub(super) struct StoredError(Arc<io::Error>);

impl StoredError {
    fn new(error: io::Error) -> Self {
        StoredError(Arc::new(error))
    }

    pub(super) fn to_error(&self) -> io::Error {
        match self.0.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(self.0.kind(), Shared(Arc::clone(&self.0))),
        }
    }
}

#[derive(Debug)]
struct Shared(Arc<io::Error>);

impl std::fmt::Display for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
