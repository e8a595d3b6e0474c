//! `asyncio.StreamWriter`.

use super::connection::Info;
use super::transports::{End, Key, WriteSide};
use super::writes::{WaitClosed, WriterDrain};
use crate::InvalidStateError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// The writing end of a connection, with a buffer: `asyncio.StreamWriter`.
///
/// [`open_connection`](crate::open_connection) and [`start_server`](crate::start_server) make one, and
/// so does [`StreamWriter::new`] from anything that implements [`AsyncWrite`].
///
/// [`write`](Self::write) does not wait: what the connection does not take at once is buffered, and a
/// task in the background writes it out, whether or not anybody drains. [`drain`](Self::drain) holds a
/// fast writer back: it waits while the buffer is above its high-water mark. The usual pair is
///
/// ```
/// # async fn f(writer: asyncio::StreamWriter, data: &[u8]) -> std::io::Result<()> {
/// writer.write(data)?;
/// writer.drain().await?;
/// # Ok(())
/// # }
/// ```
///
/// All methods take `&self`, so that several tasks can write to one stream, in an
/// [`Arc`](std::sync::Arc) or by reference; what one call writes stays together. It implements
/// [`AsyncWrite`] too, with the back-pressure in `poll_write`.
///
/// Nothing is read or tried in the background: that the peer is gone is noticed by the next read or
/// write.
///
/// # Dropping
///
/// Dropping a writer writes out what is buffered, then ends the stream, in the background; the reader of
/// the same connection can go on. (In asyncio this closes both, with a `ResourceWarning`.)
/// [`close`](Self::close) ends both. A program that ends right afterwards has to await
/// [`wait_closed`](Self::wait_closed): when the runtime ends, so do its background tasks.
///
/// # Without a Tokio runtime
///
/// There is no background task then: what could not be written at once waits for
/// [`wait_closed`](Self::wait_closed), for a [`drain`](Self::drain) that has to wait, or for a flush.
///
/// # Examples
///
/// ```
/// use asyncio::{StreamReader, StreamWriter};
///
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let (here, there) = tokio::io::simplex(64);
///     let (mut reader, writer) = (StreamReader::new(here), StreamWriter::new(there));
///     writer.write("hello\n")?;
///     writer.writelines(["two ", "lines\n"])?;
///     writer.close();
///     assert_eq!(reader.read_to_eof().await?, b"hello\ntwo lines\n");
///     writer.wait_closed().await
/// }
/// ```
pub struct StreamWriter {
    pub(super) side: Arc<WriteSide>,
    pub(super) info: Arc<Info>,
    /// Where this waits as an `AsyncWrite`.
    key: Key,
}

impl StreamWriter {
    /// Writes to anything.
    pub fn new(io: impl AsyncWrite + Send + 'static) -> Self {
        let side = WriteSide::new(Box::pin(io), None, None);
        Self::from_side(side, Arc::default())
    }

    pub(super) fn from_side(side: Arc<WriteSide>, info: Arc<Info>) -> Self {
        StreamWriter {
            side,
            info,
            key: None,
        }
    }

    /// Writes at once what the connection takes, and buffers the rest: `StreamWriter.write`.
    ///
    /// # Errors
    ///
    /// After [`close`](Self::close) or [`write_eof`](Self::write_eof), of the kind
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) with an [`InvalidStateError`] inside; once the
    /// connection is lost, with what it was lost for. Nothing is buffered then. (asyncio raises
    /// `RuntimeError` after `write_eof`, and drops the data of the others silently.)
    #[doc(alias = "write_all")]
    pub fn write(&self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.check_open()?;
        self.side.write(bytes.as_ref());
        Ok(())
    }

    /// Writes several pieces as if they were one: `StreamWriter.writelines`. No line ends are added.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn writelines<B: AsRef<[u8]>>(
        &self,
        pieces: impl IntoIterator<Item = B>,
    ) -> io::Result<()> {
        let mut joined = Vec::new();
        for piece in pieces {
            joined.extend_from_slice(piece.as_ref());
        }
        self.write(joined)
    }

    fn check_open(&self) -> io::Result<()> {
        let state = self.side.state();
        let what = match (state.closed(), state.end()) {
            (Some(Err(error)), _) => return Err(error),
            (Some(Ok(())), _) | (None, End::Close) => "cannot write to a closed stream",
            (None, End::Eof) => "cannot write after `write_eof`",
            (None, End::Open) => return Ok(()),
        };
        Err(io::Error::new(
            io::ErrorKind::BrokenPipe,
            InvalidStateError::new(what),
        ))
    }

    /// Waits while too much is buffered: `StreamWriter.drain`.
    ///
    /// Where the buffer passed the high-water mark (64 KiB, or as
    /// [`set_write_buffer_limits`](Self::set_write_buffer_limits) says), until it is down to the low
    /// one; else not at all. It is no flush. Several tasks may drain one stream.
    ///
    /// # Errors
    ///
    /// What the connection was lost for, on either side; `ConnectionReset`, "connection lost", once it
    /// is closed.
    ///
    /// # Cancellation
    ///
    /// What is buffered stays so, and is written.
    #[doc(alias = "flush")]
    pub fn drain(&self) -> WriterDrain<'_> {
        WriterDrain::new(self)
    }

    /// Ends the stream once all that is buffered is written: `StreamWriter.write_eof`. The peer reads to
    /// the end; what it sends can still be read. A second call has no effect.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), if the connection is closed or lost.
    #[doc(alias = "shutdown")]
    pub fn write_eof(&self) -> io::Result<()> {
        if self.side.state().end() != End::Eof {
            self.check_open()?;
        }
        self.side.end(End::Eof);
        Ok(())
    }

    /// Closes the connection, once all that is buffered is written: `StreamWriter.close`.
    ///
    /// That happens in the background; [`wait_closed`](Self::wait_closed) waits for it. The reader of
    /// the connection comes to its end then, whatever the peer still sends.
    pub fn close(&self) {
        self.side.end(End::Close);
    }

    /// Closes the connection at once; what is buffered is lost: `StreamWriter.transport.abort`.
    pub fn abort(&self) {
        self.side.abort();
    }

    /// Whether it is closed, closing, or lost: `StreamWriter.is_closing`.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.side.state().is_closing()
    }

    /// Waits until the connection is closed: `StreamWriter.wait_closed`. [`close`](Self::close) starts
    /// that.
    ///
    /// # Errors
    ///
    /// What the connection was lost for, if not all that was written could be sent.
    ///
    /// # Cancellation
    ///
    /// It closes all the same.
    pub fn wait_closed(&self) -> WaitClosed<'_> {
        WaitClosed::new(self)
    }

    /// How many bytes are buffered: `transport.get_write_buffer_size`.
    #[must_use]
    pub fn write_buffer_size(&self) -> usize {
        self.side.state().buffered()
    }

    /// The low-water and the high-water mark, in bytes: `transport.get_write_buffer_limits`.
    #[must_use]
    pub fn write_buffer_limits(&self) -> (usize, usize) {
        self.side.state().limits()
    }

    /// Sets the marks, in bytes: `transport.set_write_buffer_limits`. Without a low-water mark it is a
    /// quarter of the high one. A high-water mark of 0 makes [`drain`](Self::drain) wait until all is
    /// written.
    ///
    /// # Panics
    ///
    /// If the low-water mark is above the high one.
    #[track_caller]
    pub fn set_write_buffer_limits(&self, high: usize, low: impl Into<Option<usize>>) {
        let low = low.into().unwrap_or(high / 4);
        assert!(low <= high, "high ({high}) must be >= low ({low})");
        self.side.set_limits(high, low);
    }

    /// The peer's address, of an internet socket: `get_extra_info("peername")`.
    #[doc(alias = "get_extra_info")]
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.info.peer
    }

    /// The own address, of an internet socket: `get_extra_info("sockname")`.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.info.local
    }

    /// The peer's path, of a Unix socket that has one: `get_extra_info("peername")`.
    #[must_use]
    pub fn peer_path(&self) -> Option<&Path> {
        self.info.peer_path.as_deref()
    }

    /// The own path, of a Unix socket that has one: `get_extra_info("sockname")`.
    #[must_use]
    pub fn local_path(&self) -> Option<&Path> {
        self.info.local_path.as_deref()
    }

    /// What was agreed on, if the connection speaks TLS: `get_extra_info("cipher")` and its like.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(&self) -> Option<&super::tls::TlsInfo> {
        self.info.tls.as_ref()
    }
}

impl AsyncWrite for StreamWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.side.state().paused() {
            let resumed = this
                .side
                .poll_until(&mut this.key, cx, |state| (!state.paused()).then_some(()));
            std::task::ready!(resumed);
        }
        Poll::Ready(this.write(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.side.poll_until(&mut this.key, cx, |state| {
            state.closed().or(state.flushed().then_some(Ok(())))
        })
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.side.state().end() == End::Open {
            self.side.end(End::Eof);
        }
        self.poll_flush(cx)
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.side.leave(&mut self.key);
        self.side.end(End::Eof);
    }
}

impl fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.side.state();
        f.debug_struct("StreamWriter")
            .field("buffered", &state.buffered())
            .field("end", &state.end())
            .field("closed", &state.closed())
            .finish()
    }
}
