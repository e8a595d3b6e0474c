//! `asyncio.open_connection`.

use super::addresses::Attempts;
use super::connection::Socket;
#[cfg(feature = "tls")]
use super::tls::{ClientTls, rustls::ClientConfig};
use super::{DEFAULT_LIMIT, StreamReader, StreamWriter};
use crate::{IntoDuration, graph};
use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
#[cfg(feature = "tls")]
use std::sync::Arc;
use tokio::net::TcpStream;

/// The future of the builders of this module: it opens, and waits for what that takes.
pub(super) type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Connects to a host and port: `asyncio.open_connection`.
///
/// The host is a name or an address. Its addresses are tried one after the other; with
/// [`happy_eyeballs_delay`](OpenConnection::happy_eyeballs_delay) the next one does not wait for one that
/// does not answer. Awaited, it gives the two streams of the connection, on which Nagle's algorithm is
/// off, as in asyncio.
///
/// For a socket that is connected already, see [`open_tcp`](crate::streams::open_tcp).
///
/// # Errors
///
/// If the name has no address, or none can be connected to: what each of them had to say.
///
/// # Cancellation
///
/// Dropped while it connects, it closes the socket.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```
/// use asyncio::{open_connection, start_server};
///
/// #[asyncio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let server = start_server(
///         |mut reader, writer| async move {
///             let line = reader.readline().await?;
///             writer.write(line)
///         },
///         "127.0.0.1",
///         0,
///     )
///     .await?;
///
///     let port = server.sockets()[0].port();
///     let (mut reader, writer) = open_connection("127.0.0.1", port).await?;
///     writer.write("hello\n")?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     writer.close();
///     writer.wait_closed().await?;
///     Ok(())
/// }
/// ```
pub fn open_connection(host: impl ToString, port: u16) -> OpenConnection {
    OpenConnection {
        host: host.to_string(),
        port,
        limit: DEFAULT_LIMIT,
        attempts: Attempts::default(),
        #[cfg(feature = "tls")]
        tls: None,
    }
}

/// A connection to be opened: see [`open_connection`].
#[derive(Debug, Clone)]
#[must_use = "a connection is opened by `.await`"]
pub struct OpenConnection {
    host: String,
    port: u16,
    limit: usize,
    attempts: Attempts,
    #[cfg(feature = "tls")]
    tls: Option<ClientTls>,
}

impl OpenConnection {
    /// The limit of the reader, in bytes: `open_connection(limit=..)`. 64 KiB unless told.
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Where to connect from: `open_connection(local_addr=..)`. Addresses of the other family are not
    /// tried.
    pub const fn local_addr(mut self, addr: SocketAddr) -> Self {
        self.attempts.local = Some(addr);
        self
    }

    /// How long an address has before the next one is tried beside it, a `Duration` or a number of
    /// seconds: `open_connection(happy_eyeballs_delay=..)`, RFC 8305, which recommends a quarter of a
    /// second. The first that connects wins, and the others are closed. Unless told, an address is tried
    /// when the one before it has failed.
    ///
    /// The families take turns then, as if by `interleave(1)`.
    ///
    /// # Panics
    ///
    /// If it is NaN.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let (reader, writer) = asyncio::open_connection("example.org", 80)
    ///     .happy_eyeballs_delay(0.25)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn happy_eyeballs_delay(mut self, delay: impl IntoDuration) -> Self {
        self.attempts.delay = Some(delay.into_duration());
        self
    }

    /// Addresses of IPv6 and IPv4 in turns, but for the first `first_family_count`, which are of one
    /// family: `open_connection(interleave=..)`. 0: in the order in which the system names them, as is
    /// the case unless told, and without `happy_eyeballs_delay`.
    pub const fn interleave(mut self, first_family_count: usize) -> Self {
        self.attempts.interleave = Some(first_family_count);
        self
    }

    /// Speaks TLS: `open_connection(ssl=..)`. See [`streams::tls`](crate::streams::tls) for how to make
    /// a configuration.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: impl Into<Arc<ClientConfig>>) -> Self {
        self.tls = Some(ClientTls::new(config.into(), self.host.clone()));
        self
    }

    /// The name to check the certificate against, if it is not the host:
    /// `open_connection(server_hostname=..)`. After [`tls`](Self::tls).
    ///
    /// # Panics
    ///
    /// Without [`tls`](Self::tls).
    #[cfg(feature = "tls")]
    #[track_caller]
    pub fn server_hostname(mut self, name: impl Into<String>) -> Self {
        match &mut self.tls {
            Some(tls) => tls.name = name.into(),
            None => panic!("server_hostname is only meaningful with `tls`"),
        }
        self
    }

    async fn connect(self) -> io::Result<(StreamReader, StreamWriter)> {
        let connecting = self.attempts.connect(&self.host, self.port);
        let socket = Socket::tcp(graph::await_outside("open_connection", connecting).await?);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.connect(socket, self.limit).await;
        }
        Ok(socket.open(self.limit, None))
    }
}

impl IntoFuture for OpenConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;
    type IntoFuture = Opening<(StreamReader, StreamWriter)>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// The streams of a socket that is connected: `open_connection(sock=..)`.
///
/// # Panics
///
/// Outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```
/// use asyncio::streams::open_tcp;
/// use tokio::net::{TcpListener, TcpStream};
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let socket = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut reader, _writer) = open_tcp(socket);
///     let (_, peer) = open_tcp(listener.accept().await?.0);
///     peer.write("hello")?;
///     peer.close();
///     assert_eq!(reader.read_to_eof().await?, b"hello");
///     Ok(())
/// }
/// ```
pub fn open_tcp(socket: TcpStream) -> (StreamReader, StreamWriter) {
    Socket::tcp(socket).open(DEFAULT_LIMIT, None)
}
