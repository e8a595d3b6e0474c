//! The reading side of a connection.

use super::{BoxRead, StoredError, Token};
use bytes::BytesMut;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncReadExt, ReadBuf};

pub(in crate::streams) struct ReadSide(Mutex<Reading>);

struct Reading {
    /// `None` once the connection is closed from this side: that reads as its end.
    io: Option<(BoxRead, Token)>,
    error: Option<StoredError>,
    /// Who reads; told when the connection is closed meanwhile.
    waker: Option<Waker>,
}

impl ReadSide {
    pub(in crate::streams) fn new(io: BoxRead, token: Token) -> Self {
        ReadSide(Mutex::new(Reading {
            io: Some((io, token)),
            error: None,
            waker: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads some bytes to the end of a buffer; zero at the end.
    pub(in crate::streams) fn poll_fill(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        // The future of `read_buf` has no state of its own: what it read, it has given.
        self.poll_io(cx, |io, cx| pin!(io.read_buf(buffer)).poll(cx))
            .map_ok(Option::unwrap_or_default)
    }

    /// Reads some bytes straight to where they are wanted.
    pub(in crate::streams) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_io(cx, |io, cx| io.as_mut().poll_read(cx, buffer))
            .map_ok(Option::unwrap_or_default)
    }

    fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        read: impl FnOnce(&mut BoxRead, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<Option<T>>> {
        let mut state = self.lock();
        if let Some(error) = &state.error {
            return Poll::Ready(Err(error.to_error()));
        }
        let Some((io, _)) = &mut state.io else {
            return Poll::Ready(Ok(None));
        };
        let polled = read(io, cx);
        if polled.is_pending() {
            match &mut state.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => state.waker = Some(cx.waker().clone()),
            }
        }
        let result = ready!(polled);
        if let Err(error) = result {
            let error = StoredError::new(error);
            let told = error.to_error();
            state.error = Some(error);
            return Poll::Ready(Err(told));
        }
        Poll::Ready(result.map(Some))
    }

    /// What reading ended with, if not with the end of the stream.
    pub(in crate::streams) fn error(&self) -> Option<io::Error> {
        self.lock().error.as_ref().map(StoredError::to_error)
    }

    /// Lets go of this half; whoever reads comes to the end.
    pub(in crate::streams) fn close(&self) {
        let mut state = self.lock();
        let io = state.io.take();
        let waker = state.waker.take();
        drop(state);
        drop(io);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
