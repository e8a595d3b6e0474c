//! The child itself: who reaps it, and who is told.

use crate::Event;
use crate::graph;
use crate::locks::EventWait;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

/// Shared by the handle and the task that reaps.
pub(super) struct Child {
    pub(super) pid: u32,
    state: Mutex<State>,
    ended: Event,
}

enum State {
    /// Not reaped: the process id is this child's.
    Running(tokio::process::Child),
    Ended(io::Result<ExitStatus>),
}

impl Child {
    /// Has the child reaped as soon as it ends, whoever still holds this.
    pub(super) fn new(child: tokio::process::Child) -> Arc<Self> {
        let this = Arc::new(Child {
            pid: child.id().unwrap_or_default(),
            state: Mutex::new(State::Running(child)),
            ended: Event::new(),
        });
        let reaped = Arc::clone(&this);
        drop(tokio::spawn(poll_fn(move |cx| reaped.poll_reap(cx))));
        this
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_reap(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if let State::Running(child) = &mut *state {
            // The future of `wait` has no state of its own.
            let status = ready!(pin!(child.wait()).poll(cx));
            let child = std::mem::replace(&mut *state, State::Ended(status));
            drop(state);
            drop(child);
            self.ended.set();
        }
        Poll::Ready(())
    }

    /// As Python has it: `-N` for a child that signal `N` killed, 255 for one that somebody else reaped.
    pub(super) fn returncode(&self) -> Option<i32> {
        match &*self.state() {
            State::Running(_) => None,
            State::Ended(Ok(status)) => Some(returncode(*status)),
            State::Ended(Err(_)) => Some(255),
        }
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        match &mut *self.state() {
            State::Running(child) => child.start_kill(),
            State::Ended(_) => Err(ProcessLookupError(()).into()),
        }
    }

    #[cfg(unix)]
    pub(super) fn send_signal(&self, signal: i32) -> io::Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        // Under the lock: nobody reaps it meanwhile, and so the id is nobody else's.
        let state = self.state();
        let pid = match &*state {
            State::Running(child) => child.id().and_then(|id| Pid::from_raw(id as i32)),
            State::Ended(_) => None,
        };
        let pid = pid.ok_or(ProcessLookupError(()))?;
        let signal = Signal::from_named_raw(signal)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no such signal"))?;
        Ok(kill_process(pid, signal)?)
    }
}

#[cfg(unix)]
fn returncode(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, signal) => -signal.unwrap_or_default(),
    }
}

#[cfg(not(unix))]
fn returncode(status: ExitStatus) -> i32 {
    status.code().unwrap_or_default()
}

/// The future of [`Process::wait`](super::Process::wait).
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ProcessWait<'a> {
    child: &'a Child,
    ended: EventWait<'a>,
}

impl<'a> ProcessWait<'a> {
    pub(super) fn new(child: &'a Child) -> Self {
        ProcessWait {
            child,
            ended: child.ended.wait(),
        }
    }
}

impl Future for ProcessWait<'_> {
    type Output = i32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        ready!(graph::outside("Process.wait", || Pin::new(&mut self.ended).poll(cx)));
        match self.child.returncode() {
            Some(code) => Poll::Ready(code),
            None => unreachable!("the event is set once it has ended"),
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("pid", &self.pid)
            .field("returncode", &self.returncode())
            .finish()
    }
}

/// The process has ended, and cannot be sent a signal: Python's `ProcessLookupError`.
///
/// It comes inside of an [`io::Error`] of the kind [`NotFound`](io::ErrorKind::NotFound).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLookupError(());

impl fmt::Display for ProcessLookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the process has ended")
    }
}

impl std::error::Error for ProcessLookupError {}

impl From<ProcessLookupError> for io::Error {
    fn from(error: ProcessLookupError) -> Self {
        io::Error::new(io::ErrorKind::NotFound, error)
    }
}
