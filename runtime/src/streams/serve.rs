//! `asyncio.start_server` and `start_unix_server`.

use super::DEFAULT_LIMIT;
use super::connect::Opening;
use super::handler::{HandlerOutput, Service, accept_all, erase};
use super::listener::{Listener, Options, listen};
use super::reader::StreamReader;
use super::server::{Server, Shared};
use super::writer::StreamWriter;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;

/// Accepts connections on a host and port: `asyncio.start_server`.
///
/// The handler is called with the two streams of each connection, and what it returns runs as a task of
/// its own. An empty host means all interfaces, port 0 one that is free; a host with several addresses
/// is listened to on all of them. Awaited, it gives the [`Server`], which accepts already.
///
/// A handler that returns an `Err` or panics is reported to the exception handler as "Unhandled
/// exception in client_connected_cb", and its connection closed, as it is when the handler is cancelled.
/// It is also closed once the handler has let go of both streams.
///
/// # Errors
///
/// If the name has no address, or one of them cannot be listened to.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```no_run
/// use asyncio::start_server;
///
/// #[asyncio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let echo = start_server(
///         |mut reader, writer| async move {
///             let mut lines = reader.lines();
///             while let Some(line) = lines.next().await {
///                 writer.write(line?)?;
///                 writer.drain().await?;
///             }
///             Ok::<(), std::io::Error>(())
///         },
///         "localhost",
///         8888,
///     )
///     .await?;
///     println!("serving on {:?}", echo.sockets());
///     echo.serve_forever().await?;
///     Ok(())
/// }
/// ```
///
/// A whole conversation is at [`open_connection`](crate::open_connection).
pub fn start_server<H, F>(handler: H, host: impl ToString, port: u16) -> StartServer
where
    H: Fn(StreamReader, StreamWriter) -> F + Send + Sync + 'static,
    F: Future<Output: HandlerOutput> + Send + 'static,
{
    StartServer {
        host: host.to_string(),
        port,
        options: Options {
            backlog: 100,
            reuse_address: cfg!(unix),
            reuse_port: false,
        },
        serve: Serve::new(handler),
    }
}

/// What every server needs to know.
struct Serve {
    service: Service,
    start: bool,
}

impl Serve {
    fn new<H, F>(handler: H) -> Self
    where
        H: Fn(StreamReader, StreamWriter) -> F + Send + Sync + 'static,
        F: Future<Output: HandlerOutput> + Send + 'static,
    {
        Serve {
            service: Service {
                handler: erase(handler),
                limit: DEFAULT_LIMIT,
                #[cfg(feature = "tls")]
                tls: None,
            },
            start: true,
        }
    }

    #[track_caller]
    fn set_limit(&mut self, limit: usize) {
        assert!(limit > 0, "the limit of a stream cannot be 0");
        self.service.limit = limit;
    }

    fn server(self, listeners: Vec<Listener>) -> Server {
        let service = self.service;
        let accept = move |shared: &Arc<Shared>, i| accept_all(shared, i, service.clone());
        let shared = Shared::new(listeners, accept);
        let server = Server { shared };
        if self.start {
            let started = server.start_serving();
            debug_assert!(started.is_ok(), "it was not closed yet");
        }
        server
    }
}

/// A server to be started: see [`start_server`].
#[must_use = "a server is started by `.await`"]
pub struct StartServer {
    host: String,
    port: u16,
    options: Options,
    serve: Serve,
}

impl StartServer {
    /// The limit of the readers, in bytes: `start_server(limit=..)`. 64 KiB unless told.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        self.serve.set_limit(limit);
        self
    }

    /// Speaks TLS: `start_server(ssl=..)`. See [`streams::tls`](crate::streams::tls) for how to make a
    /// configuration. A handshake that fails is reported to the exception handler.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: impl Into<Arc<super::tls::rustls::ServerConfig>>) -> Self {
        self.serve.service.tls = Some(super::tls::ServerTls::new(config.into()));
        self
    }

    /// How many connections may wait to be accepted: `start_server(backlog=..)`. 100 unless told.
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.options.backlog = backlog;
        self
    }

    /// Whether to take an address that was in use a moment ago: `start_server(reuse_address=..)`. True
    /// on Unix unless told.
    pub fn reuse_address(mut self, reuse: bool) -> Self {
        self.options.reuse_address = reuse;
        self
    }

    /// Whether several servers may share the address: `start_server(reuse_port=..)`. No effect but on
    /// Unix.
    pub fn reuse_port(mut self, reuse: bool) -> Self {
        self.options.reuse_port = reuse;
        self
    }

    /// Whether to accept at once, or only from [`Server::start_serving`] or [`Server::serve_forever`]
    /// on: `start_server(start_serving=..)`.
    pub fn start_serving(mut self, start: bool) -> Self {
        self.serve.start = start;
        self
    }
}

impl IntoFuture for StartServer {
    type Output = io::Result<Server>;
    type IntoFuture = Opening<Server>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let listeners = listen(&self.host, self.port, self.options).await?;
            Ok(self.serve.server(listeners))
        })
    }
}

impl fmt::Debug for StartServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Accepts connections on a Unix socket: `asyncio.start_unix_server`. Else as [`start_server`].
///
/// A socket that is there already is replaced; when the server closes it removes its own.
///
/// # Errors
///
/// If the path cannot be listened to.
///
/// # Panics
///
/// When awaited outside of a Tokio runtime with I/O.
///
/// # Examples
///
/// ```
/// use asyncio::{open_unix_connection, start_unix_server};
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let path = std::env::temp_dir().join(format!("asyncio-doc-{}", std::process::id()));
///     let server = start_unix_server(|_, writer| async move { writer.write("hi") }, &path).await?;
///     let (mut reader, _writer) = open_unix_connection(&path).await?;
///     assert_eq!(reader.read_to_eof().await?, b"hi");
///     drop(server);
///     assert!(!path.exists());
///     Ok(())
/// }
/// ```
#[cfg(unix)]
pub fn start_unix_server<H, F>(handler: H, path: impl Into<PathBuf>) -> StartUnixServer
where
    H: Fn(StreamReader, StreamWriter) -> F + Send + Sync + 'static,
    F: Future<Output: HandlerOutput> + Send + 'static,
{
    StartUnixServer {
        path: path.into(),
        backlog: 100,
        cleanup: true,
        serve: Serve::new(handler),
    }
}

/// A server to be started: see [`start_unix_server`].
#[cfg(unix)]
#[must_use = "a server is started by `.await`"]
pub struct StartUnixServer {
    path: PathBuf,
    backlog: u32,
    cleanup: bool,
    serve: Serve,
}

#[cfg(unix)]
impl StartUnixServer {
    /// As [`StartServer::limit`].
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        self.serve.set_limit(limit);
        self
    }

    /// As [`StartServer::backlog`].
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.backlog = backlog;
        self
    }

    /// Whether to remove the socket when the server closes: `start_unix_server(cleanup_socket=..)`.
    pub fn cleanup_socket(mut self, cleanup: bool) -> Self {
        self.cleanup = cleanup;
        self
    }

    /// As [`StartServer::start_serving`].
    pub fn start_serving(mut self, start: bool) -> Self {
        self.serve.start = start;
        self
    }
}

#[cfg(unix)]
impl IntoFuture for StartUnixServer {
    type Output = io::Result<Server>;
    type IntoFuture = Opening<Server>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let listener = super::listener::listen_unix(self.path, self.backlog, self.cleanup)?;
            Ok(self.serve.server(vec![listener]))
        })
    }
}

#[cfg(unix)]
impl fmt::Debug for StartUnixServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartUnixServer")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
