//! `asyncio.start_unix_server`.

use super::connect::Opening;
use super::handler::HandlerOutput;
use super::reader::StreamReader;
use super::serve::Serve;
use super::server::Server;
use super::writer::StreamWriter;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::path::PathBuf;
#[cfg(feature = "tls")]
use std::sync::Arc;

/// Accepts connections on a Unix socket: `asyncio.start_unix_server`. Else as
/// [`start_server`](crate::start_server).
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
#[must_use = "a server is started by `.await`"]
pub struct StartUnixServer {
    path: PathBuf,
    backlog: u32,
    cleanup: bool,
    serve: Serve,
}

impl StartUnixServer {
    /// As [`StartServer::limit`](super::StartServer::limit).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn limit(mut self, limit: usize) -> Self {
        self.serve.set_limit(limit);
        self
    }

    /// As [`StartServer::tls`](super::StartServer::tls).
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: impl Into<Arc<super::tls::rustls::ServerConfig>>) -> Self {
        self.serve.service.tls = Some(super::tls::ServerTls::new(config.into()));
        self
    }

    /// As [`StartServer::backlog`](super::StartServer::backlog).
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.backlog = backlog;
        self
    }

    /// Whether to remove the socket when the server closes: `start_unix_server(cleanup_socket=..)`.
    pub fn cleanup_socket(mut self, cleanup: bool) -> Self {
        self.cleanup = cleanup;
        self
    }

    /// As [`StartServer::start_serving`](super::StartServer::start_serving).
    pub fn start_serving(mut self, start: bool) -> Self {
        self.serve.start = start;
        self
    }
}

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

impl fmt::Debug for StartUnixServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartUnixServer")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
