//! The futures of [`StreamWriter`].

use super::transports::{Key, WriteSide, Writing};
use super::writer::StreamWriter;
use crate::graph;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A place among those who wait, left when dropped.
struct Waiting<'a> {
    side: &'a Arc<WriteSide>,
    key: Key,
}

impl<'a> Waiting<'a> {
    fn new(writer: &'a StreamWriter) -> Self {
        Waiting {
            side: &writer.side,
            key: None,
        }
    }

    fn poll_until<R>(
        &mut self,
        cx: &mut Context<'_>,
        done: impl FnOnce(&mut Writing) -> Option<R>,
    ) -> Poll<R> {
        self.side.poll_until(&mut self.key, cx, done)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.side.leave(&mut self.key);
    }
}

/// The future of [`StreamWriter::drain`].
#[must_use = "futures do nothing unless awaited"]
pub struct WriterDrain<'a>(Waiting<'a>);

impl<'a> WriterDrain<'a> {
    pub(super) fn new(writer: &'a StreamWriter) -> Self {
        WriterDrain(Waiting::new(writer))
    }
}

impl Future for WriterDrain<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A loop of `write` and `drain` to a peer that takes everything has to yield now and then.
        if !tokio::task::coop::has_budget_remaining() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(error) = self.0.side.read_error() {
            return Poll::Ready(Err(error));
        }
        let now = drained(&self.0.side.state());
        match now {
            Some(result) => Poll::Ready(result),
            None => graph::outside("StreamWriter.drain", || {
                self.0.poll_until(cx, |state| drained(state))
            }),
        }
    }
}

fn drained(state: &Writing) -> Option<io::Result<()>> {
    match state.closed() {
        Some(Ok(())) => Some(Err(lost())),
        Some(Err(error)) => Some(Err(error)),
        None => (!state.paused()).then_some(Ok(())),
    }
}

fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "connection lost")
}

/// The future of [`StreamWriter::wait_closed`].
#[must_use = "futures do nothing unless awaited"]
pub struct WaitClosed<'a>(Waiting<'a>);

impl<'a> WaitClosed<'a> {
    pub(super) fn new(writer: &'a StreamWriter) -> Self {
        WaitClosed(Waiting::new(writer))
    }
}

impl Future for WaitClosed<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        graph::outside("StreamWriter.wait_closed", || {
            self.0.poll_until(cx, |state| state.closed())
        })
    }
}

impl fmt::Debug for WriterDrain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterDrain").finish_non_exhaustive()
    }
}

impl fmt::Debug for WaitClosed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitClosed").finish_non_exhaustive()
    }
}
