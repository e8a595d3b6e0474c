//! Both streams of one connection.

use super::reader::StreamReader;
use super::transports::{ReadSide, Token, WriteSide};
use super::writer::StreamWriter;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// What is known of a connection.
#[derive(Debug, Default)]
pub(super) struct Info {
    pub(super) peer: Option<SocketAddr>,
    pub(super) local: Option<SocketAddr>,
    pub(super) peer_path: Option<PathBuf>,
    pub(super) local_path: Option<PathBuf>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<super::tls::TlsInfo>,
}

/// Closes a connection whose streams somebody else holds.
#[derive(Clone)]
pub(super) enum Link {
    Streams {
        read: Weak<ReadSide>,
        write: Weak<WriteSide>,
    },
    /// There are no streams yet: they are being negotiated about by this task.
    #[cfg(feature = "tls")]
    Task(crate::Canceller),
}

impl Link {
    /// Once all that is buffered is written.
    pub(super) fn close(&self) {
        let (read, write) = match self {
            Link::Streams { read, write } => (read, write),
            #[cfg(feature = "tls")]
            Link::Task(task) => {
                task.cancel();
                return;
            }
        };
        match (write.upgrade(), read.upgrade()) {
            (Some(write), _) => write.end(super::transports::End::Close),
            (None, Some(read)) => read.close(),
            (None, None) => {}
        }
    }

    /// At once.
    pub(super) fn abort(&self) {
        let (read, write) = match self {
            Link::Streams { read, write } => (read, write),
            #[cfg(feature = "tls")]
            Link::Task(task) => {
                task.cancel();
                return;
            }
        };
        if let Some(write) = write.upgrade() {
            write.abort();
        }
        if let Some(read) = read.upgrade() {
            read.close();
        }
    }
}

/// A connection before its streams are made.
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// A connected socket. As in asyncio, messages are not held back.
    pub(super) fn tcp(socket: TcpStream) -> Self {
        let _ = socket.set_nodelay(true); // a socket that is gone tells later
        Socket::Tcp(socket)
    }

    pub(super) fn info(&self) -> Info {
        match self {
            Socket::Tcp(socket) => Info {
                peer: socket.peer_addr().ok(),
                local: socket.local_addr().ok(),
                ..Info::default()
            },
            #[cfg(unix)]
            Socket::Unix(socket) => {
                let path = |addr: tokio::net::unix::SocketAddr| addr.as_pathname().map(Into::into);
                Info {
                    peer_path: socket.peer_addr().ok().and_then(path),
                    local_path: socket.local_addr().ok().and_then(path),
                    ..Info::default()
                }
            }
        }
    }

    /// The streams of this connection.
    pub(super) fn open(self, limit: usize, token: Token) -> (StreamReader, StreamWriter) {
        let info = self.info();
        match self {
            Socket::Tcp(socket) => {
                let (read, write) = socket.into_split();
                open(read, write, info, limit, token)
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                let (read, write) = socket.into_split();
                open(read, write, info, limit, token)
            }
        }
    }
}

pub(super) fn open(
    read: impl AsyncRead + Send + 'static,
    write: impl AsyncWrite + Send + 'static,
    info: Info,
    limit: usize,
    token: Token,
) -> (StreamReader, StreamWriter) {
    let read = Arc::new(ReadSide::new(Box::pin(read), token.clone()));
    let write = WriteSide::new(Box::pin(write), Some(Arc::clone(&read)), token);
    (
        StreamReader::from_side(read, limit),
        StreamWriter::from_side(write, Arc::new(info)),
    )
}

pub(super) fn link(reader: &StreamReader, writer: &StreamWriter) -> Link {
    Link::Streams {
        read: Arc::downgrade(&reader.side),
        write: Arc::downgrade(&writer.side),
    }
}
