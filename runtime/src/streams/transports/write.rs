//! The writing side of a connection: a buffer, and whoever empties it.
//!
//! Everybody who polls the underlying stream does so with one and the same waker, that of the side
//! itself, which passes a wake-up on to all that wait. So it does not matter who of them polls, and
//! none has to go on because another was dropped. A task that does nothing but empty the buffer runs
//! while there is something in it; without a Tokio runtime those who wait have to do.

use super::buffer::{After, End, Writing};
use super::{BoxWrite, ReadSide, Token};
use slab::Slab;
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::Handle;

/// A place among those who wait.
pub(in crate::streams) type Key = Option<usize>;

pub(in crate::streams) struct WriteSide {
    state: Mutex<Writing>,
    /// Never held together with user code or while waking.
    waiting: Mutex<Slab<Waker>>,
    read: Option<Arc<ReadSide>>,
    runtime: Option<Handle>,
}

impl WriteSide {
    pub(in crate::streams) fn new(
        io: BoxWrite,
        read: Option<Arc<ReadSide>>,
        token: Token,
    ) -> Arc<Self> {
        Arc::new(WriteSide {
            state: Mutex::new(Writing::new(io, token)),
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
        let mut after = After::default();
        self.state().abort(&mut after);
        self.finish(after);
    }

    /// Ends the stream when all is written.
    pub(in crate::streams) fn end(self: &Arc<Self>, end: End) {
        self.update(|state| state.set_end(end));
    }

    pub(in crate::streams) fn set_limits(self: &Arc<Self>, high: usize, low: usize) {
        self.update(|state| state.set_limits(high, low));
        self.wake_all();
    }

    /// Writes some bytes, or puts them into the buffer.
    pub(in crate::streams) fn write(self: &Arc<Self>, bytes: &[u8]) {
        let mut after = After::default();
        let mut state = self.state();
        let waker = Waker::from(Arc::clone(self));
        state.write(&mut Context::from_waker(&waker), bytes, &mut after);
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
