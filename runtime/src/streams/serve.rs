//! `asyncio.start_server`.

use super::DEFAULT_LIMIT;
use super::connect::Opening;
use super::handler::{HandlerOutput, Service, accept_all, erase};
use super::listener::{Listener, Options, adopt, listen};
use super::reader::StreamReader;
use super::server::{Server, Shared};
use super::writer::StreamWriter;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

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
        place: Place::Host(host.to_string(), port),
        options: Options {
            backlog: 100,
            reuse_address: cfg!(unix),
            reuse_port: false,
        },
        serve: Serve::new(handler),
    }
}

/// Accepts connections on a socket that listens already: `asyncio.start_server(sock=..)`. Else as
/// [`start_server`].
///
/// [`backlog`](StartServer::backlog), [`reuse_address`](StartServer::reuse_address) and
/// [`reuse_port`](StartServer::reuse_port) come too late for it. A socket of the standard library becomes
/// one of Tokio by [`TcpListener::from_std`].
///
/// # Errors
///
/// None: it gives an [`io::Result`] as [`start_server`] does.
///
/// # Examples
///
/// ```
/// use asyncio::streams::{open_connection, start_server_on};
/// use tokio::net::TcpListener;
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let server = start_server_on(|_, writer| async move { writer.write("hi") }, listener).await?;
///     let (mut reader, _) = open_connection("127.0.0.1", server.sockets()[0].port()).await?;
///     assert_eq!(reader.read_to_eof().await?, b"hi");
///     Ok(())
/// }
/// ```
pub fn start_server_on<H, F>(handler: H, listener: TcpListener) -> StartServer
where
    H: Fn(StreamReader, StreamWriter) -> F + Send + Sync + 'static,
    F: Future<Output: HandlerOutput> + Send + 'static,
{
    let place = Place::Socket(listener);
    let unused = start_server(handler, "", 0);
    StartServer { place, ..unused }
}

/// Where to listen.
#[derive(Debug)]
enum Place {
    Host(String, u16),
    Socket(TcpListener),
}

/// What every server needs to know.
pub(super) struct Serve {
    pub(super) service: Service,
    pub(super) start: bool,
}

impl Serve {
    pub(super) fn new<H, F>(handler: H) -> Self
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
    pub(super) fn set_limit(&mut self, limit: usize) {
        assert!(limit > 0, "the limit of a stream cannot be 0");
        self.service.limit = limit;
    }

    pub(super) fn server(self, listeners: Vec<Listener>) -> Server {
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
    place: Place,
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
            let listeners = match self.place {
                Place::Host(host, port) => listen(&host, port, self.options).await?,
                Place::Socket(listener) => vec![adopt(listener)],
            };
            Ok(self.serve.server(listeners))
        })
    }
}

impl fmt::Debug for StartServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartServer")
            .field("place", &self.place)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
