//! The futures of [`StreamReader`]. None holds bytes of the stream, so each can be dropped at any time.

use super::errors::{IncompleteReadError, LimitOverrunError, ReadError};
use super::reader::StreamReader;
use super::separators::Separators;
use crate::ValueError;
use crate::graph;
use futures_core::Stream;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The future of [`StreamReader::read`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    reader: &'a mut StreamReader,
    n: usize,
}

impl<'a> Read<'a> {
    pub(super) fn new(reader: &'a mut StreamReader, n: usize) -> Self {
        Read { reader, n }
    }
}

impl Future for Read<'_> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let n = self.n;
        if n > 0 && self.reader.buffer.is_empty() {
            ready!(graph::outside("StreamReader.read", || self
                .reader
                .poll_more(cx, 1)))?;
        }
        let n = n.min(self.reader.buffer.len());
        Poll::Ready(Ok(self.reader.take(n)))
    }
}

/// The future of [`StreamReader::read_to_eof`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ReadToEof<'a> {
    reader: &'a mut StreamReader,
}

impl<'a> ReadToEof<'a> {
    pub(super) fn new(reader: &'a mut StreamReader) -> Self {
        ReadToEof { reader }
    }
}

impl Future for ReadToEof<'_> {
    type Output = io::Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while ready!(graph::outside("StreamReader.read", || self
            .reader
            .poll_more(cx, 1)))?
        {}
        let n = self.reader.buffer.len();
        Poll::Ready(Ok(self.reader.take(n)))
    }
}

/// The future of [`StreamReader::readexactly`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ReadExactly<'a> {
    reader: &'a mut StreamReader,
    n: usize,
}

impl<'a> ReadExactly<'a> {
    pub(super) fn new(reader: &'a mut StreamReader, n: usize) -> Self {
        ReadExactly { reader, n }
    }
}

impl Future for ReadExactly<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let n = self.n;
        loop {
            let missing = n.saturating_sub(self.reader.buffer.len());
            if missing == 0 {
                return Poll::Ready(Ok(self.reader.take(n)));
            }
            if !ready!(graph::outside("StreamReader.readexactly", || self
                .reader
                .poll_more(cx, missing)))?
            {
                return Poll::Ready(Err(incomplete(self.reader, Some(n))));
            }
        }
    }
}

fn incomplete(reader: &mut StreamReader, expected: Option<usize>) -> ReadError {
    let n = reader.buffer.len();
    ReadError::Incomplete(IncompleteReadError::new(reader.take(n), expected))
}

/// The future of [`StreamReader::readuntil`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ReadUntil<'a> {
    reader: &'a mut StreamReader,
    search: Search<'a>,
}

/// A search that goes on where it stopped.
#[derive(Debug)]
struct Search<'s> {
    /// Who searches, for introspection.
    operation: &'static str,
    separators: Separators<'s>,
    /// No separator starts before this.
    offset: usize,
}

impl<'a> ReadUntil<'a> {
    pub(super) fn new(reader: &'a mut StreamReader, separators: Separators<'a>) -> Self {
        Self::named("StreamReader.readuntil", reader, separators)
    }

    fn named(
        operation: &'static str,
        reader: &'a mut StreamReader,
        separators: Separators<'a>,
    ) -> Self {
        ReadUntil {
            reader,
            search: Search {
                operation,
                separators,
                offset: 0,
            },
        }
    }
}

impl Future for ReadUntil<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(misuse) = this.search.separators.misuse() {
            return Poll::Ready(Err(ReadError::Value(ValueError::new(misuse))));
        }
        this.search.poll(this.reader, cx)
    }
}

impl Search<'_> {
    /// CPython's algorithm, and so its limits to the byte.
    fn poll(
        &mut self,
        reader: &mut StreamReader,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<u8>, ReadError>> {
        let (start, end) = loop {
            let buffered = reader.buffer.len();
            if buffered.saturating_sub(self.offset) >= self.separators.shortest() {
                if let Some(found) = self.separators.find(&reader.buffer, self.offset) {
                    break found;
                }
                // A separator may have begun at the end of the buffer.
                self.offset = (buffered + 1).saturating_sub(self.separators.longest());
                if self.offset > reader.limit {
                    return overrun(false, self.offset);
                }
            }
            if !ready!(graph::outside(self.operation, || reader.poll_more(cx, 1)))? {
                return Poll::Ready(Err(incomplete(reader, None)));
            }
        };
        if start > reader.limit {
            return overrun(true, start);
        }
        Poll::Ready(Ok(reader.take(end)))
    }
}

fn overrun<T>(found: bool, consumed: usize) -> Poll<Result<T, ReadError>> {
    let error = LimitOverrunError::new(found, consumed);
    Poll::Ready(Err(ReadError::LimitOverrun(error)))
}

const READLINE: &str = "StreamReader.readline";

/// The future of [`StreamReader::readline`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ReadLine<'a> {
    until: ReadUntil<'a>,
}

impl<'a> ReadLine<'a> {
    pub(super) fn new(reader: &'a mut StreamReader) -> Self {
        ReadLine {
            until: ReadUntil::named(READLINE, reader, Separators::LINE),
        }
    }
}

impl Future for ReadLine<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let until = &mut self.until;
        let line = ready!(until.search.poll(until.reader, cx));
        Poll::Ready(line.or_else(|error| end_of_line(until.reader, error)))
    }
}

/// What `readline` makes of an error of `readuntil`.
fn end_of_line(reader: &mut StreamReader, error: ReadError) -> Result<Vec<u8>, ReadError> {
    match error {
        ReadError::Incomplete(error) => Ok(error.into_partial()),
        ReadError::LimitOverrun(error) => {
            let rest = &reader.buffer[error.consumed()..];
            let line = match rest.first() {
                Some(b'\n') => error.consumed() + 1,
                _ => reader.buffer.len(),
            };
            reader.discard(line);
            Err(ReadError::Value(ValueError::new(error.message())))
        }
        error => Err(error),
    }
}

/// The lines of a stream: see [`StreamReader::lines`]. A [`Stream`] as well.
#[derive(Debug)]
#[must_use = "lines are read by `next`"]
pub struct Lines<'a> {
    reader: &'a mut StreamReader,
    /// How far the line at hand was searched.
    offset: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(reader: &'a mut StreamReader) -> Self {
        Lines { reader, offset: 0 }
    }

    /// The next line with its `\n`; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// As [`StreamReader::readline`].
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    #[allow(
        clippy::should_implement_trait,
        reason = "it is the `next` of asynchronous iterators"
    )]
    pub fn next(&mut self) -> NextLine<'_, 'a> {
        NextLine { lines: self }
    }
}

impl Stream for Lines<'_> {
    type Item = Result<Vec<u8>, ReadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let mut search = Search {
            operation: READLINE,
            separators: Separators::LINE,
            offset: this.offset,
        };
        let polled = search.poll(this.reader, cx);
        this.offset = search.offset;
        let line = ready!(polled).or_else(|error| end_of_line(this.reader, error));
        this.offset = 0;
        Poll::Ready(Some(line).filter(|line| !line.as_ref().is_ok_and(Vec::is_empty)))
    }
}

/// The future of [`Lines::next`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextLine<'l, 'a> {
    lines: &'l mut Lines<'a>,
}

impl Future for NextLine<'_, '_> {
    type Output = Option<Result<Vec<u8>, ReadError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.lines).poll_next(cx)
    }
}
