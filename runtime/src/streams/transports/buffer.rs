//! What is written and not yet sent, and what is to happen then: the state of the writing side, behind
//! its lock.

use super::{BoxWrite, StoredError, Token};
use bytes::{Buf, BytesMut};
use std::io;
use std::task::{Context, Poll, ready};

/// The high-water mark of asyncio.
const HIGH: usize = 64 * 1024;

/// What happens once the buffer is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::streams) enum End {
    /// Nothing: it is open.
    Open,
    /// The end of the stream is sent, and this half given up.
    Eof,
    /// The same, and the other half given up as well.
    Close,
}

pub(in crate::streams) struct Writing {
    io: Option<(BoxWrite, Token)>,
    buffer: BytesMut,
    /// Whether the underlying stream has something that it was not asked to flush.
    dirty: bool,
    end: End,
    /// Set for good once all is written that ever will be, the rest is lost, or it was aborted.
    closed: Option<Result<(), StoredError>>,
    /// Above the high-water mark, and not yet at the low one again.
    paused: bool,
    high: usize,
    low: usize,
    /// Whether there is a task that empties the buffer.
    pub(super) flushing: bool,
}

/// What is left to do when the lock is released.
#[derive(Default)]
pub(super) struct After {
    /// Something changed for those who wait.
    pub(super) wake: bool,
    /// A task has to empty the buffer from now on.
    pub(super) flush: bool,
    /// The other half is given up too.
    pub(super) close_read: bool,
    /// Dropped without the lock: that runs code of others.
    pub(super) trash: Option<(BoxWrite, Token)>,
}

impl Writing {
    pub(super) fn new(io: BoxWrite, token: Token) -> Self {
        Writing {
            io: Some((io, token)),
            buffer: BytesMut::new(),
            dirty: false,
            end: End::Open,
            closed: None,
            paused: false,
            high: HIGH,
            low: HIGH / 4,
            flushing: false,
        }
    }

    pub(super) fn set_end(&mut self, end: End) {
        self.end = self.end.max(end);
    }

    pub(super) fn set_limits(&mut self, high: usize, low: usize) {
        (self.high, self.low) = (high, low);
    }

    /// Gives everything up at once.
    pub(super) fn abort(&mut self, after: &mut After) {
        self.end = End::Close;
        after.close_read = true;
        self.lose(Ok(()), after);
    }

    /// Sends some bytes, as far as the stream takes them, and buffers the rest.
    pub(super) fn write(&mut self, cx: &mut Context<'_>, bytes: &[u8], after: &mut After) {
        let written = self.write_at_once(cx, bytes, after);
        if self.io.is_some() {
            self.buffer.extend_from_slice(&bytes[written..]);
        }
    }

    pub(in crate::streams) fn end(&self) -> End {
        self.end
    }

    pub(in crate::streams) fn is_closing(&self) -> bool {
        self.end == End::Close || self.closed.is_some()
    }

    pub(in crate::streams) fn closed(&self) -> Option<io::Result<()>> {
        let closed = self.closed.as_ref()?;
        Some(closed.as_ref().copied().map_err(StoredError::to_error))
    }

    pub(in crate::streams) fn paused(&self) -> bool {
        self.paused
    }

    /// Whether all is with the operating system, the end of the stream included where it was asked for.
    pub(in crate::streams) fn flushed(&self) -> bool {
        self.io.is_none() || (self.end == End::Open && self.buffer.is_empty() && !self.dirty)
    }

    pub(in crate::streams) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    pub(in crate::streams) fn limits(&self) -> (usize, usize) {
        (self.low, self.high)
    }

    pub(super) fn measure(&mut self) {
        if self.buffer.len() > self.high {
            self.paused = true;
        } else if self.buffer.len() <= self.low {
            self.paused = false;
        }
    }

    fn lose(&mut self, how: Result<(), StoredError>, after: &mut After) {
        after.trash = self.io.take();
        self.buffer = BytesMut::new();
        self.paused = false;
        self.closed.get_or_insert(how);
        after.wake = true;
    }

    /// Writes what the stream takes. `Ready` when there is nothing left to do.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>, after: &mut After) -> Poll<()> {
        if self.closed.is_some() {
            after.close_read |= self.end == End::Close;
            return Poll::Ready(());
        }
        let (was_paused, was_flushed) = (self.paused, self.flushed());
        let polled = self.poll_io(cx);
        self.measure();
        if let Poll::Ready(result) = polled {
            self.reach_end(result, after);
        }
        // Only what changed is news: who waits polls this, and must not wake itself for ever.
        after.wake |= (was_paused && !self.paused) || (!was_flushed && self.flushed());
        if self.flushed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn reach_end(&mut self, result: io::Result<()>, after: &mut After) {
        match result {
            Err(error) => self.lose(Err(StoredError::new(error)), after),
            Ok(()) => match self.end {
                End::Open => {}
                End::Eof => after.trash = self.io.take(),
                End::Close => {
                    after.close_read = true;
                    self.lose(Ok(()), after);
                }
            },
        }
    }

    /// Without a detour through the buffer. Gives how many bytes the stream took.
    fn write_at_once(&mut self, cx: &mut Context<'_>, bytes: &[u8], after: &mut After) -> usize {
        let Some((io, _)) = &mut self.io else {
            return 0;
        };
        if !self.buffer.is_empty() || self.flushing || bytes.is_empty() {
            return 0;
        }
        match io.as_mut().poll_write(cx, bytes) {
            Poll::Ready(Ok(written)) => {
                self.dirty |= written > 0;
                written
            }
            Poll::Ready(Err(error)) if error.kind() != io::ErrorKind::Interrupted => {
                self.lose(Err(StoredError::new(error)), after);
                0
            }
            _ => 0,
        }
    }

    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((io, _)) = &mut self.io else {
            return Poll::Ready(Ok(()));
        };
        while !self.buffer.is_empty() {
            match ready!(io.as_mut().poll_write(cx, &self.buffer)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(written) => self.buffer.advance(written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            self.dirty = true;
        }
        if self.buffer.capacity() > HIGH {
            self.buffer = BytesMut::new(); // one burst must not cost its memory for good
        }
        if self.dirty {
            ready!(io.as_mut().poll_flush(cx))?;
            self.dirty = false;
        }
        if self.end > End::Open {
            // All is delivered; a peer that has hung up in the meantime does not change that.
            match ready!(io.as_mut().poll_shutdown(cx)) {
                Err(error) if !is_hang_up(&error) => return Poll::Ready(Err(error)),
                _ => {}
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether an error says that the peer is gone.
pub(crate) fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
    )
}
