//! A socket that listens, and can be closed while somebody accepts from it.

use super::addresses::resolve;
use super::connection::Socket;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::net::{TcpListener, TcpSocket};

pub(super) struct Listener(Mutex<Listening>);

struct Listening {
    /// `None` once it is closed.
    socket: Option<Kind>,
    /// Who accepts.
    waker: Option<Waker>,
}

enum Kind {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(
        tokio::net::UnixListener,
        #[allow(dead_code, reason = "is for its drop")] SocketFile,
    ),
}

impl Listener {
    fn new(socket: Kind) -> Self {
        Listener(Mutex::new(Listening {
            socket: Some(socket),
            waker: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Listening> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next connection; `None` once this is closed.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Socket>>> {
        let mut state = self.lock();
        let polled = match &state.socket {
            None => return Poll::Ready(None),
            Some(Kind::Tcp(listener)) => listener
                .poll_accept(cx)
                .map_ok(|(socket, _)| Socket::tcp(socket)),
            #[cfg(unix)]
            Some(Kind::Unix(listener, _)) => listener
                .poll_accept(cx)
                .map_ok(|(socket, _)| Socket::Unix(socket)),
        };
        if polled.is_pending() {
            state.waker = Some(cx.waker().clone());
        }
        polled.map(Some)
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        match &self.lock().socket {
            Some(Kind::Tcp(listener)) => listener.local_addr().ok(),
            _ => None,
        }
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        let socket = state.socket.take();
        let waker = state.waker.take();
        drop(state);
        drop(socket);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// How to listen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) backlog: u32,
    pub(super) reuse_address: bool,
    pub(super) reuse_port: bool,
}

/// Listens on all addresses of a host; without one, on all interfaces.
pub(super) async fn listen(host: &str, port: u16, options: Options) -> io::Result<Vec<Listener>> {
    if host.is_empty() {
        return listen_everywhere(port, options);
    }
    let addrs = resolve(host, port).await?;
    addrs
        .into_iter()
        .map(|addr| listen_at(addr, options))
        .collect()
}

/// A socket that listens already.
pub(super) fn adopt(listener: TcpListener) -> Listener {
    Listener::new(Kind::Tcp(listener))
}

fn listen_everywhere(port: u16, options: Options) -> io::Result<Vec<Listener>> {
    let v4 = listen_at((std::net::Ipv4Addr::UNSPECIFIED, port).into(), options)?;
    let v6 = listen_at((std::net::Ipv6Addr::UNSPECIFIED, port).into(), options);
    match v6 {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(_) => Ok(vec![v4]), // a machine without IPv6
    }
}

fn listen_at(addr: SocketAddr, options: Options) -> io::Result<Listener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(options.reuse_address)?;
    #[cfg(unix)]
    socket.set_reuseport(options.reuse_port)?;
    if addr.is_ipv6() {
        // Or it would take the port of IPv4 as well, which has a socket of its own.
        socket2::SockRef::from(&socket).set_only_v6(true)?;
    }
    socket.bind(addr).map_err(|error| {
        let what = format!("error while attempting to bind on address {addr}: {error}");
        io::Error::new(error.kind(), what)
    })?;
    Ok(Listener::new(Kind::Tcp(socket.listen(options.backlog)?)))
}

/// The file of a Unix socket; removed when the socket closes, if it is still the same file.
#[cfg(unix)]
struct SocketFile {
    path: PathBuf,
    inode: Option<(u64, u64)>,
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.inode.is_some() && inode(&self.path) == self.inode {
            let _ = std::fs::remove_file(&self.path); // gone already: as well
        }
    }
}

#[cfg(unix)]
fn inode(path: &std::path::Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(unix)]
pub(super) fn listen_unix(path: PathBuf, backlog: u32, cleanup: bool) -> io::Result<Listener> {
    use std::os::unix::fs::FileTypeExt;
    // A socket that a dead server left there; anything else stays, and fails to bind.
    if std::fs::symlink_metadata(&path).is_ok_and(|m| m.file_type().is_socket()) {
        std::fs::remove_file(&path)?;
    }
    let socket = tokio::net::UnixSocket::new_stream()?;
    socket.bind(&path)?;
    let inode = inode(&path).filter(|_| cleanup);
    let file = SocketFile { path, inode };
    Ok(Listener::new(Kind::Unix(socket.listen(backlog)?, file)))
}
