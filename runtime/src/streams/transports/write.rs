//! The writing side of a connection: a buffer, and whoever empties it.
//!
//! Everybody who polls the underlying stream does so with one and the same waker, that of the side
//! itself, which passes a wake-up on to all that wait. So it does not matter who of them polls, and
//! none has to go on because another was dropped. A task that does nothing but empty the buffer runs
//! while there is something in it; without a Tokio runtime those who wait have to do.

use super::{BoxWrite, ReadSide, StoredError, Token};
use bytes::{Buf, BytesMut};
use slab::Slab;
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use tokio::runtime::Handle;

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

/// A place among those who wait.
pub(in crate::streams) type Key = Option<usize>;

pub(in crate::streams) struct WriteSide {
    state: Mutex<Writing>,
    /// Never held together with user code or while waking.
    waiting: Mutex<Slab<Waker>>,
    read: Option<Arc<ReadSide>>,
    runtime: Option<Handle>,
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
    flushing: bool,
}

/// What is left to do when the lock is released.
#[derive(Default)]
struct After {
    wake: bool,
    flush: bool,
    close_read: bool,
    trash: Option<(BoxWrite, Token)>,
}

impl Writing {
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

    fn measure(&mut self) {
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
    fn drive(&mut self, cx: &mut Context<'_>, after: &mut After) -> Poll<()> {
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

impl WriteSide {
    pub(in crate::streams) fn new(
        io: BoxWrite,
        read: Option<Arc<ReadSide>>,
        token: Token,
    ) -> Arc<Self> {
        Arc::new(WriteSide {
            state: Mutex::new(Writing {
                io: Some((io, token)),
                buffer: BytesMut::new(),
                dirty: false,
                end: End::Open,
                closed: None,
                paused: false,
                high: HIGH,
                low: HIGH / 4,
                flushing: false,
            }),
            waiting: Mutex::default(),
            read,
            runtime: Handle::try_current().ok(),
        })
    }

    pub(in crate::streams) fn state(&self) -> MutexGuard<'_, Writing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Slab<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error that reading ended with.
    pub(in crate::streams) fn read_error(&self) -> Option<io::Error> {
        self.read.as_ref().and_then(|read| read.error())
    }

    /// Changes the state, then writes what can be written at once, and has the rest written soon.
    pub(in crate::streams) fn update<R>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Writing) -> R,
    ) -> R {
        let mut after = After::default();
        let mut state = self.state();
        let result = change(&mut state);
        state.measure();
        self.advance(&mut state, &mut after);
        drop(state);
        self.finish(after);
        result
    }

    fn advance(self: &Arc<Self>, state: &mut Writing, after: &mut After) {
        // Where a task or somebody who waits is at it, the stream was just asked: it takes no more now.
        if state.flushing {
            return;
        }
        let waker = Waker::from(Arc::clone(self));
        if state
            .drive(&mut Context::from_waker(&waker), after)
            .is_pending()
        {
            state.flushing = true;
            after.flush = true;
        }
    }

    fn finish(self: &Arc<Self>, after: After) {
        if after.flush {
            self.flush_soon();
        }
        drop(after.trash);
        if after.close_read
            && let Some(read) = &self.read
        {
            read.close();
        }
        if after.wake {
            self.wake_all();
        }
    }

    /// Starts the task that empties the buffer.
    fn flush_soon(self: &Arc<Self>) {
        let runtime = self.runtime.clone().or_else(|| Handle::try_current().ok());
        let Some(runtime) = runtime else {
            // Left to those who wait.
            self.state().flushing = false;
            return;
        };
        let mut flusher = Flusher {
            side: Arc::clone(self),
            key: None,
            done: false,
        };
        drop(runtime.spawn(poll_fn(move |cx| flusher.poll(cx))));
    }

    /// Writes what can be written, then waits until `done` gives something.
    pub(in crate::streams) fn poll_until<R>(
        self: &Arc<Self>,
        key: &mut Key,
        cx: &mut Context<'_>,
        done: impl FnOnce(&mut Writing) -> Option<R>,
    ) -> Poll<R> {
        // First in line, then asking: what happens in between wakes us.
        self.wait(key, cx.waker());
        let mut after = After::default();
        let mut state = self.state();
        let waker = Waker::from(Arc::clone(self));
        let _ = state.drive(&mut Context::from_waker(&waker), &mut after);
        let result = done(&mut state);
        drop(state);
        if result.is_some() {
            self.leave(key);
        }
        self.finish(after);
        result.map_or(Poll::Pending, Poll::Ready)
    }

    fn wait(&self, key: &mut Key, waker: &Waker) {
        let mut waiting = self.waiting();
        match key {
            Some(key) => waiting[*key].clone_from(waker),
            None => *key = Some(waiting.insert(waker.clone())),
        }
    }

    pub(in crate::streams) fn leave(&self, key: &mut Key) {
        if let Some(key) = key.take() {
            let waker = self.waiting().remove(key);
            drop(waker);
        }
    }

    fn wake_all(&self) {
        let wakers: Vec<Waker> = self
            .waiting()
            .iter()
            .map(|(_, waker)| waker.clone())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Gives everything up at once.
    pub(in crate::streams) fn abort(self: &Arc<Self>) {
        let mut after = After {
            close_read: true,
            ..After::default()
        };
        let mut state = self.state();
        state.end = End::Close;
        state.lose(Ok(()), &mut after);
        drop(state);
        self.finish(after);
    }

    /// Ends the stream when all is written.
    pub(in crate::streams) fn end(self: &Arc<Self>, end: End) {
        self.update(|state| state.end = state.end.max(end));
    }

    pub(in crate::streams) fn set_limits(self: &Arc<Self>, high: usize, low: usize) {
        self.update(|state| (state.high, state.low) = (high, low));
        self.wake_all();
    }

    /// Writes some bytes, or puts them into the buffer.
    pub(in crate::streams) fn write(self: &Arc<Self>, bytes: &[u8]) {
        let mut after = After::default();
        let mut state = self.state();
        let waker = Waker::from(Arc::clone(self));
        let written = state.write_at_once(&mut Context::from_waker(&waker), bytes, &mut after);
        if state.io.is_some() {
            state.buffer.extend_from_slice(&bytes[written..]);
        }
        state.measure();
        self.advance(&mut state, &mut after);
        drop(state);
        self.finish(after);
    }
}

impl Wake for WriteSide {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

/// Empties the buffer, and ends then.
struct Flusher {
    side: Arc<WriteSide>,
    key: Key,
    done: bool,
}

impl Flusher {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.side.poll_until(&mut self.key, cx, |state| {
            // Under the same lock: whoever writes next has to see that nobody is at it any more.
            state.flushed().then(|| state.flushing = false)
        });
        self.done = polled.is_ready();
        polled
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        if !self.done {
            self.side.leave(&mut self.key);
            self.side.state().flushing = false;
        }
    }
}
