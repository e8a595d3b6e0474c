//! `asyncio.open_connection` and `open_unix_connection`.

use super::connection::Socket;
#[cfg(feature = "tls")]
use super::tls::{ClientTls, rustls::ClientConfig};
use super::{DEFAULT_LIMIT, StreamReader, StreamWriter};
use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::pin::Pin;
#[cfg(feature = "tls")]
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};

/// The future of the builders of this module: it opens, and waits for what that takes.
pub(super) type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Connects to a host and port: `asyncio.open_connection`.
///
/// The host is a name or an address. Its addresses are tried one after the other. Awaited, it gives the
/// two streams of the connection, on which Nagle's algorithm is off, as in asyncio.
///
/// # Errors
///
/// If the name has no address, or none can be connected to.
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
        local_addr: None,
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
    local_addr: Option<SocketAddr>,
    #[cfg(feature = "tls")]
    tls: Option<ClientTls>,
}

impl OpenConnection {
    /// The limit of the reader, in bytes: `open_connection(limit=..)`. 64 KiB unless told.
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Where to connect from: `open_connection(local_addr=..)`.
    pub const fn local_addr(mut self, addr: SocketAddr) -> Self {
        self.local_addr = Some(addr);
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
        let socket = connect(&self.host, self.port, self.local_addr).await?;
        let socket = Socket::tcp(socket);
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

async fn connect(host: &str, port: u16, local: Option<SocketAddr>) -> io::Result<TcpStream> {
    let mut errors = Vec::new();
    for addr in tokio::net::lookup_host((host, port)).await? {
        match connect_to(addr, local).await {
            Ok(socket) => return Ok(socket),
            Err(error) => errors.push((addr, error)),
        }
    }
    Err(all_failed(errors))
}

async fn connect_to(addr: SocketAddr, local: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local {
        socket.bind(local)?;
    }
    socket.connect(addr).await
}

/// One error as it is; of several, what each address had to say.
fn all_failed(mut errors: Vec<(SocketAddr, io::Error)>) -> io::Error {
    match errors.len() {
        0 => io::Error::new(io::ErrorKind::NotFound, "the host has no address"),
        1 => errors.remove(0).1,
        _ => {
            let kind = errors[0].1.kind();
            let all: Vec<String> = errors.iter().map(|(a, e)| format!("{a}: {e}")).collect();
            io::Error::new(kind, format!("no address connects: {}", all.join(", ")))
        }
    }
}

/// Connects to a Unix socket: `asyncio.open_unix_connection`.
///
/// # Errors
///
/// If nobody listens there.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// See [`start_unix_server`](crate::start_unix_server).
#[cfg(unix)]
pub fn open_unix_connection(path: impl Into<PathBuf>) -> OpenUnixConnection {
    OpenUnixConnection {
        path: path.into(),
        limit: DEFAULT_LIMIT,
    }
}

/// A connection to be opened: see [`open_unix_connection`].
#[cfg(unix)]
#[derive(Debug, Clone)]
#[must_use = "a connection is opened by `.await`"]
pub struct OpenUnixConnection {
    path: PathBuf,
    limit: usize,
}

#[cfg(unix)]
impl OpenUnixConnection {
    /// The limit of the reader, in bytes: `open_unix_connection(limit=..)`. 64 KiB unless told.
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

#[cfg(unix)]
impl IntoFuture for OpenUnixConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;
    type IntoFuture = Opening<(StreamReader, StreamWriter)>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let socket = tokio::net::UnixStream::connect(&self.path).await?;
            Ok(Socket::Unix(socket).open(self.limit, None))
        })
    }
}
