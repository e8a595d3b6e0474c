//! Answers `asyncio ps` and `asyncio pstree`, which ask from another process.
//!
//! One question a connection: a line with the name of the command. The answer is a line,
//! `asyncio 1 ok` or `asyncio 1 error` with what is wrong, and after the first the text to print.

use super::directory;
use crate::graph;
use std::fmt;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Who asks, and who reads the answer, has so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest question.
const QUESTION: u64 = 64;

/// Switches introspection on, and has `asyncio ps PID` and `asyncio pstree PID` answered, as
/// `python -m asyncio ps PID`: until what this gives is dropped.
///
/// A thread of its own answers, so also while the event loop is blocked. It listens on a Unix socket
/// in a directory that only the user can enter: `$XDG_RUNTIME_DIR/asyncio`, or else `/tmp/asyncio-UID`.
/// The environment variable `ASYNCIO_INTROSPECT=1` does the same without a line of code, for as long as
/// a [`Runner`](crate::Runner) or [`run`](crate::run) is there; in a program that only uses Tokio's
/// runtimes, from the time that its first task suspends.
///
/// The socket is removed when the last of several is dropped. Where a program ends without that, as by
/// [`std::process::exit`], the next program that serves removes it.
///
/// # Errors
///
/// If the socket cannot be made: for one, if the directory is another user's.
///
/// # Examples
///
/// ```
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let _serving = asyncio::introspection::serve()?;
///     // the program
///     Ok(())
/// }
/// ```
pub fn serve() -> io::Result<Serving> {
    graph::enable();
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = current.upgrade() {
        return Ok(Serving { _server: server });
    }
    let server = Arc::new(Server::start()?);
    *current = Arc::downgrade(&server);
    Ok(Serving { _server: server })
}

static CURRENT: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// Has questions from outside answered for as long as it lives: what [`serve`] gives.
#[must_use = "as soon as this is dropped, nobody answers any more: `let _serving = serve()?;`"]
pub struct Serving {
    _server: Arc<Server>,
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}

/// Serves if the environment says so; what cannot be done is reported.
pub(crate) fn serve_for_environment() -> Option<Serving> {
    if !graph::is_asked_for() {
        return None;
    }
    let serving = serve();
    if let Err(error) = &serving {
        crate::scope::report::warn(&format!(
            "`ASYNCIO_INTROSPECT` is set, but nobody can ask: {error}"
        ));
    }
    serving.ok()
}

/// The same for the rest of the life of the process, unless a runner sees to it.
#[cold]
pub(crate) fn serve_without_runner() {
    static SERVING: OnceLock<Option<Serving>> = OnceLock::new();
    let is_there = CURRENT
        .try_lock()
        .is_ok_and(|current| current.strong_count() > 0);
    if graph::is_asked_for() && !is_there {
        SERVING.get_or_init(serve_for_environment);
    }
}

struct Server {
    socket: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start() -> io::Result<Self> {
        let directory = directory::path();
        directory::make(&directory)?;
        directory::tidy(&directory);
        let socket = directory.join(format!("{}.sock", std::process::id()));
        let listener = UnixListener::bind(&socket)?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut server = Server {
            socket,
            stop: Arc::clone(&stop),
            thread: None,
        };
        fs::set_permissions(&server.socket, Permissions::from_mode(0o600))?;
        let thread = thread::Builder::new().name(THREAD.to_owned());
        server.thread = Some(thread.spawn(move || listen(&listener, &stop))?);
        Ok(server)
    }
}

/// The name of the thread.
const THREAD: &str = "asyncio-ps";

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes it.
        drop(UnixStream::connect(&self.socket));
        let _ = fs::remove_file(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(listener: &UnixListener, stop: &AtomicBool) {
    for connection in listener.incoming() {
        if stop.load(Ordering::Acquire) {
            break;
        }
        match connection {
            // Whoever hangs up, or does not read, gets no answer.
            Ok(connection) => drop(answer(&connection)),
            // There may be no file descriptor left, for a while.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn answer(mut connection: &UnixStream) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut question = String::new();
    BufReader::new(connection.take(QUESTION)).read_line(&mut question)?;
    let graph = graph::capture_call_graph();
    let text = match question.trim_end() {
        "ps" => format!("asyncio 1 ok\n{}", graph.table()),
        "pstree" => format!("asyncio 1 ok\n{graph}"),
        other => format!("asyncio 1 error unknown command `{other}`\n"),
    };
    connection.write_all(text.as_bytes())
}
