//! `asyncio.open_unix_connection`.

use super::connect::Opening;
use super::connection::Socket;
#[cfg(feature = "tls")]
use super::tls::{ClientTls, rustls::ClientConfig};
use super::{DEFAULT_LIMIT, StreamReader, StreamWriter};
use crate::graph;
use std::future::IntoFuture;
use std::io;
use std::path::PathBuf;
#[cfg(feature = "tls")]
use std::sync::Arc;
use tokio::net::UnixStream;

/// Connects to a Unix socket: `asyncio.open_unix_connection`.
///
/// # Errors
///
/// If nobody listens there; with TLS, if the handshake fails.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// See [`start_unix_server`](crate::start_unix_server).
pub fn open_unix_connection(path: impl Into<PathBuf>) -> OpenUnixConnection {
    OpenUnixConnection {
        path: path.into(),
        limit: DEFAULT_LIMIT,
        #[cfg(feature = "tls")]
        tls: None,
    }
}

/// A connection to be opened: see [`open_unix_connection`].
#[derive(Debug, Clone)]
#[must_use = "a connection is opened by `.await`"]
pub struct OpenUnixConnection {
    path: PathBuf,
    limit: usize,
    #[cfg(feature = "tls")]
    tls: Option<ClientTls>,
}

impl OpenUnixConnection {
    /// The limit of the reader, in bytes: `open_unix_connection(limit=..)`. 64 KiB unless told.
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Speaks TLS, and checks the certificate against this name:
    /// `open_unix_connection(ssl=.., server_hostname=..)`.
    #[cfg(feature = "tls")]
    pub fn tls(
        mut self,
        config: impl Into<Arc<ClientConfig>>,
        server_hostname: impl Into<String>,
    ) -> Self {
        self.tls = Some(ClientTls::new(config.into(), server_hostname.into()));
        self
    }

    async fn connect(self) -> io::Result<(StreamReader, StreamWriter)> {
        let connecting = UnixStream::connect(&self.path);
        let socket = graph::await_outside("open_unix_connection", connecting).await?;
        let socket = Socket::Unix(socket);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.connect(socket, self.limit).await;
        }
        Ok(socket.open(self.limit, None))
    }
}

impl IntoFuture for OpenUnixConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;
    type IntoFuture = Opening<(StreamReader, StreamWriter)>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// The streams of a socket that is connected: `open_unix_connection(sock=..)`, and of either end of a
/// [`UnixStream::pair`].
///
/// # Panics
///
/// Outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```
/// use asyncio::streams::open_unix;
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let (here, there) = tokio::net::UnixStream::pair()?;
///     let ((mut reader, _writer), (_, peer)) = (open_unix(here), open_unix(there));
///     peer.write("hello")?;
///     peer.close();
///     assert_eq!(reader.read_to_eof().await?, b"hello");
///     Ok(())
/// }
/// ```
pub fn open_unix(socket: UnixStream) -> (StreamReader, StreamWriter) {
    Socket::Unix(socket).open(DEFAULT_LIMIT, None)
}
