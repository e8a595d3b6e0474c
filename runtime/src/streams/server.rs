//! `asyncio.Server`.

use super::connection::Link;
use super::listener::Listener;
use crate::scope::{AsyncExit, Exit, finally};
use crate::{InvalidStateError, graph};
use slab::Slab;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What accepts connections: `asyncio.Server`, made by [`start_server`](crate::start_server) and
/// [`start_unix_server`](crate::start_unix_server).
///
/// It is a resource for [`with`](crate::with()), as `async with server:`, whose exit closes it and waits
/// for its connections; cancelled, it closes those as well.
///
/// # Dropping
///
/// Dropping it closes it, as [`close`](Self::close). (asyncio serves on.)
///
/// # Examples
///
/// ```
/// use asyncio::{open_connection, start_server, with};
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let server = start_server(|_, writer| async move { writer.write("hi") }, "127.0.0.1", 0).await?;
///     let greeting = with(server, async |server| {
///         let (mut reader, _writer) = open_connection("127.0.0.1", server.sockets()[0].port()).await?;
///         reader.read_to_eof().await
///     })
///     .await?;
///     assert_eq!(greeting, b"hi");
///     Ok(())
/// }
/// ```
#[must_use = "a `Server` closes where it is dropped: keep it, or await its `serve_forever`"]
pub struct Server {
    pub(super) shared: Arc<Shared>,
}

/// What a server, the tasks that accept for it, and its connections know of it.
pub(super) struct Shared {
    pub(super) listeners: Vec<Listener>,
    state: Mutex<State>,
    changed: Notify,
    /// Starts accepting on one of the listeners.
    accept: Accept,
}

type Accept = Box<dyn Fn(&Arc<Shared>, usize) + Send + Sync>;

#[derive(Default)]
struct State {
    serving: bool,
    closed: bool,
    forever: bool,
    clients: Slab<Option<Link>>,
}

/// One connection of a server; gone when both its halves are.
pub(super) struct Client {
    shared: Arc<Shared>,
    key: usize,
}

impl Shared {
    pub(super) fn new(
        listeners: Vec<Listener>,
        accept: impl Fn(&Arc<Shared>, usize) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Shared {
            listeners,
            state: Mutex::default(),
            changed: Notify::new(),
            accept: Box::new(accept),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attach(self: &Arc<Self>) -> Arc<Client> {
        Arc::new(Client {
            shared: Arc::clone(self),
            key: self.state().clients.insert(None),
        })
    }

    fn start(self: &Arc<Self>) -> Result<(), InvalidStateError> {
        let mut state = self.state();
        if state.closed {
            return Err(InvalidStateError::new("the server is closed"));
        }
        let started = std::mem::replace(&mut state.serving, true);
        drop(state);
        if !started {
            (0..self.listeners.len()).for_each(|i| (self.accept)(self, i));
        }
        Ok(())
    }

    fn close(&self) {
        let mut state = self.state();
        (state.closed, state.serving) = (true, false);
        drop(state);
        self.listeners.iter().for_each(Listener::close);
        self.changed.notify_waiters();
    }

    /// Closed after the lock is released, since that tells us that they are gone.
    fn links(&self) -> Vec<Link> {
        let state = self.state();
        state
            .clients
            .iter()
            .filter_map(|(_, link)| link.clone())
            .collect()
    }

    async fn until(&self, done: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if done(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    async fn wait_closed(&self) {
        let closed = self.until(|state| state.closed && state.clients.is_empty());
        graph::await_outside("Server.wait_closed", closed).await;
    }
}

impl Client {
    /// The server can close it in this way until it is told another.
    #[cfg(feature = "tls")]
    pub(super) fn set_first_link(&self, link: Link) {
        if let Some(client) = self.shared.state().clients.get_mut(self.key) {
            client.get_or_insert(link);
        }
    }

    /// From now on the server can close it.
    pub(super) fn set_link(&self, link: Link) {
        if let Some(client) = self.shared.state().clients.get_mut(self.key) {
            *client = Some(link);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let link = self.shared.state().clients.try_remove(self.key);
        drop(link);
        self.shared.changed.notify_waiters();
    }
}

impl Server {
    /// Stops accepting, and frees the addresses: `Server.close`. Connections go on.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether it accepts connections: `Server.is_serving`.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.shared.state().serving
    }

    /// Starts accepting, if it does not yet: `Server.start_serving`.
    ///
    /// # Errors
    ///
    /// If it is closed.
    pub fn start_serving(&self) -> Result<(), InvalidStateError> {
        self.shared.start()
    }

    /// Serves until cancelled, or closed by [`close`](Self::close): `Server.serve_forever`. (Closed, it
    /// raises `CancelledError` in asyncio.)
    ///
    /// # Errors
    ///
    /// If it is closed already, or somebody else awaits this.
    ///
    /// # Cancellation
    ///
    /// Closes the server and its connections, as since CPython 3.15, and waits for those as handed-over
    /// cleanup (see [`finally`](crate::finally)). What is buffered is still written: to a peer that does
    /// not read, without an end.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{move_on_after, start_server};
    ///
    /// #[asyncio::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let server = start_server(|_, _| async {}, "127.0.0.1", 0).await?;
    ///     assert_eq!(move_on_after(0.01, server.serve_forever()).await, None);
    ///     assert!(!server.is_serving());
    ///     Ok(())
    /// }
    /// ```
    pub async fn serve_forever(&self) -> Result<(), InvalidStateError> {
        if std::mem::replace(&mut self.shared.state().forever, true) {
            return Err(InvalidStateError::new(
                "somebody awaits `serve_forever` of this server already",
            ));
        }
        let _free = Free(&self.shared);
        self.shared.start()?;
        let shared = Arc::clone(&self.shared);
        let wait = finally(async move { shared.wait_closed().await });
        let close = CloseAll(Some(&self.shared)); // dropped first
        let closed = self.shared.until(|state| state.closed);
        graph::await_outside("Server.serve_forever", closed).await;
        close.disarm();
        wait.disarm();
        Ok(())
    }

    /// Waits until it is closed and all its connections are: `Server.wait_closed`.
    ///
    /// # Cancellation
    ///
    /// Changes nothing.
    pub async fn wait_closed(&self) {
        self.shared.wait_closed().await;
    }

    /// The addresses it listens on: `Server.sockets`. None once it is closed, and for Unix sockets.
    #[must_use]
    pub fn sockets(&self) -> Vec<SocketAddr> {
        let listeners = self.shared.listeners.iter();
        listeners.filter_map(Listener::local_addr).collect()
    }

    /// Closes all connections, once what is buffered is written: `Server.close_clients`.
    pub fn close_clients(&self) {
        self.shared.links().iter().for_each(Link::close);
    }

    /// Closes all connections at once: `Server.abort_clients`.
    pub fn abort_clients(&self) {
        self.shared.links().iter().for_each(Link::abort);
    }
}

/// Nobody awaits `serve_forever` any more.
struct Free<'a>(&'a Shared);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        self.0.state().forever = false;
    }
}

/// `serve_forever` was cancelled.
struct CloseAll<'a>(Option<&'a Shared>);

impl CloseAll<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CloseAll<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.close();
            shared.links().iter().for_each(Link::close);
        }
    }
}

#[diagnostic::do_not_recommend]
impl AsyncExit for Server {
    async fn exit(self, how: Exit) {
        self.close();
        if how == Exit::Cancelled {
            self.close_clients();
        }
        self.wait_closed().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = self.shared.state().clients.len();
        f.debug_struct("Server")
            .field("sockets", &self.sockets())
            .field("serving", &self.is_serving())
            .field("clients", &clients)
            .finish()
    }
}
