//! `asyncio.StreamReader`.

use super::reads::{Read, ReadExactly, ReadLine, ReadToEof, ReadUntil};
use super::separators::Separators;
use super::transports::ReadSide;
use super::{DEFAULT_LIMIT, Lines};
use bytes::{Buf, BytesMut};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// How much is asked for at a time.
const CHUNK: usize = 8 * 1024;

/// The reading end of a connection, with a buffer: `asyncio.StreamReader`.
///
/// [`open_connection`](crate::open_connection) and [`start_server`](crate::start_server) make one, and
/// so does [`StreamReader::new`] from anything that implements [`AsyncRead`]. It implements
/// [`AsyncRead`] and [`AsyncBufRead`] itself. Where Tokio's extension traits are in scope, its own `read`
/// stands before theirs (which is there as `AsyncReadExt::read(&mut reader, ..)`), but their `lines`
/// before its own (which is there as `StreamReader::lines(&mut reader)`).
///
/// Two tasks that read from one stream get a `RuntimeError` in asyncio; here every method takes
/// `&mut self`, and the compiler refuses. Nothing is read from the connection before it is asked for, so
/// a sender that is too fast is slowed down.
///
/// Once the connection has failed, every further read fails with that error.
///
/// # Cancellation
///
/// Every method of this type may be cancelled and called again: what came is kept in the buffer until a
/// call gives all of it. (In asyncio a cancelled `read()` loses what it had read.)
///
/// # Examples
///
/// ```
/// use asyncio::StreamReader;
///
/// #[asyncio::main]
/// async fn main() -> Result<(), asyncio::ReadError> {
///     let mut reader = StreamReader::new(&b"4\r\nbody; rest"[..]);
///     assert_eq!(reader.readuntil(("\r\n", "\n")).await?, b"4\r\n");
///     assert_eq!(reader.readexactly(4).await?, b"body");
///     assert_eq!(reader.read_to_eof().await?, b"; rest");
///     assert!(reader.at_eof());
///     Ok(())
/// }
/// ```
pub struct StreamReader {
    pub(super) side: Arc<ReadSide>,
    pub(super) buffer: BytesMut,
    pub(super) limit: usize,
    pub(super) eof: bool,
}

impl StreamReader {
    /// Reads from anything, with the limit of 64 KiB of asyncio.
    pub fn new(io: impl AsyncRead + Send + 'static) -> Self {
        Self::with_limit(io, DEFAULT_LIMIT)
    }

    /// Reads from anything: `asyncio.StreamReader(limit=..)`. The limit, in bytes, is what
    /// [`readuntil`](Self::readuntil) and [`readline`](Self::readline) may buffer.
    ///
    /// # Panics
    ///
    /// If the limit is zero.
    #[track_caller]
    pub fn with_limit(io: impl AsyncRead + Send + 'static, limit: usize) -> Self {
        Self::from_side(Arc::new(ReadSide::new(Box::pin(io), None)), limit)
    }

    #[track_caller]
    pub(super) fn from_side(side: Arc<ReadSide>, limit: usize) -> Self {
        assert!(limit > 0, "the limit of a stream cannot be 0");
        StreamReader {
            side,
            buffer: BytesMut::new(),
            limit,
            eof: false,
        }
    }

    /// Reads at least one byte and at most `n`: `StreamReader.read(n)`. Nothing at the end of the
    /// stream, and for `n == 0`.
    ///
    /// # Errors
    ///
    /// If the connection fails.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub fn read(&mut self, n: usize) -> Read<'_> {
        Read::new(self, n)
    }

    /// Reads all up to the end of the stream: `StreamReader.read()`, `read(-1)`. The limit does not
    /// apply.
    ///
    /// # Errors
    ///
    /// If the connection fails. What came before that stays in the buffer.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    #[doc(alias = "read_to_end")]
    #[doc(alias = "readall")]
    pub fn read_to_eof(&mut self) -> ReadToEof<'_> {
        ReadToEof::new(self)
    }

    /// Reads a line with its `\n`: `StreamReader.readline`. At the end of the stream, what is left;
    /// empty if that is nothing.
    ///
    /// # Errors
    ///
    /// [`ReadError::Value`](crate::ReadError::Value) if the line is longer than the limit. It is
    /// discarded then, as far as it was read, so that the next call goes on; to keep it, call
    /// [`readuntil`](Self::readuntil). [`ReadError::Io`](crate::ReadError::Io) if the connection fails.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let mut reader = asyncio::StreamReader::new(&b"one\ntwo"[..]);
    /// assert_eq!(reader.readline().await?, b"one\n");
    /// assert_eq!(reader.readline().await?, b"two");
    /// assert_eq!(reader.readline().await?, b"");
    /// # Ok::<(), asyncio::ReadError>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "read_line")]
    pub fn readline(&mut self) -> ReadLine<'_> {
        ReadLine::new(self)
    }

    /// Reads exactly `n` bytes: `StreamReader.readexactly`. The limit does not apply.
    ///
    /// # Errors
    ///
    /// [`ReadError::Incomplete`](crate::ReadError::Incomplete), with what there was, if the stream ends
    /// first. [`ReadError::Io`](crate::ReadError::Io) if the connection fails.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    #[doc(alias = "read_exact")]
    pub fn readexactly(&mut self, n: usize) -> ReadExactly<'_> {
        ReadExactly::new(self, n)
    }

    /// Reads through the first separator, which is part of what it gives: `StreamReader.readuntil`. Of
    /// several separators the one counts whose match ends first.
    ///
    /// # Errors
    ///
    /// [`ReadError::LimitOverrun`](crate::ReadError::LimitOverrun) if what stands before the separator
    /// is longer than the limit; it stays in the buffer.
    /// [`ReadError::Incomplete`](crate::ReadError::Incomplete), with what there was, if the stream ends
    /// first. [`ReadError::Value`](crate::ReadError::Value) if there is no separator, or an empty one.
    /// [`ReadError::Io`](crate::ReadError::Io) if the connection fails.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    #[doc(alias = "read_until")]
    pub fn readuntil<'a>(&'a mut self, separators: impl Into<Separators<'a>>) -> ReadUntil<'a> {
        ReadUntil::new(self, separators.into())
    }

    /// The lines of the stream, as Python's `async for line in reader`: each with its `\n`, up to the
    /// end.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let mut reader = asyncio::StreamReader::new(&b"one\ntwo\n"[..]);
    /// let mut lines = reader.lines();
    /// while let Some(line) = lines.next().await {
    ///     println!("{:?}", line?);
    /// }
    /// # Ok::<(), asyncio::ReadError>(())
    /// # }).unwrap();
    /// ```
    pub fn lines(&mut self) -> Lines<'_> {
        Lines::new(self)
    }

    /// Whether the end of the stream is reached and the buffer is empty: `StreamReader.at_eof`.
    #[must_use]
    pub fn at_eof(&self) -> bool {
        self.eof && self.buffer.is_empty()
    }

    /// What is read, and not yet asked for.
    #[must_use]
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// The limit of this stream, in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Takes the first bytes out of the buffer.
    pub(super) fn take(&mut self, n: usize) -> Vec<u8> {
        let bytes = self.buffer[..n].to_vec();
        self.discard(n);
        bytes
    }

    pub(super) fn discard(&mut self, n: usize) {
        self.buffer.advance(n);
        if self.buffer.is_empty() && self.buffer.capacity() > DEFAULT_LIMIT {
            self.buffer = BytesMut::new(); // one big message must not cost its memory for good
        }
    }

    /// Gets more into the buffer: `false` at the end of the stream. At least `missing` bytes are wanted.
    pub(super) fn poll_more(
        &mut self,
        cx: &mut Context<'_>,
        missing: usize,
    ) -> Poll<io::Result<bool>> {
        if !self.eof {
            // The peer may promise any length: no more than this is trusted at a time.
            self.buffer.reserve(missing.clamp(CHUNK, 32 * CHUNK));
            let read = ready!(self.side.poll_fill(cx, &mut self.buffer))?;
            self.eof = read == 0;
        }
        Poll::Ready(Ok(!self.eof))
    }
}

impl AsyncRead for StreamReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.buffer.is_empty() {
            let n = buffer.remaining().min(self.buffer.len());
            buffer.put_slice(&self.buffer[..n]);
            self.discard(n);
        } else if !self.eof && buffer.remaining() > 0 {
            let before = buffer.filled().len();
            ready!(self.side.poll_read(cx, buffer))?;
            self.eof = buffer.filled().len() == before;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncBufRead for StreamReader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.buffer.is_empty() {
            ready!(this.poll_more(cx, 1))?;
        }
        Poll::Ready(Ok(&this.buffer))
    }

    fn consume(mut self: Pin<&mut Self>, n: usize) {
        self.discard(n);
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        self.side.close();
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader")
            .field("buffered", &self.buffer.len())
            .field("limit", &self.limit)
            .field("eof", &self.eof)
            .finish()
    }
}
