//! What reading can end with: the errors of `Lib/asyncio/exceptions.py` that streams raise.

use crate::ValueError;
use std::{fmt, io};

/// The stream ended within what was to be read: `asyncio.IncompleteReadError`, an `EOFError`.
///
/// The bytes that came before are in it, and no longer in the stream.
///
/// # Examples
///
/// ```
/// use asyncio::{IncompleteReadError, ReadError, StreamReader};
///
/// # futures::executor::block_on(async {
/// let mut reader = StreamReader::new(&b"abc"[..]);
/// let Err(ReadError::Incomplete(error)) = reader.readexactly(10).await else { panic!() };
/// assert_eq!(error.partial(), b"abc");
/// assert_eq!(error.expected(), Some(10));
/// assert_eq!(error.to_string(), "3 bytes read on a total of 10 expected bytes");
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncompleteReadError {
    partial: Vec<u8>,
    expected: Option<usize>,
}

impl IncompleteReadError {
    pub(super) const fn new(partial: Vec<u8>, expected: Option<usize>) -> Self {
        IncompleteReadError { partial, expected }
    }

    /// The bytes before the end of the stream.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_partial(self) -> Vec<u8> {
        self.partial
    }

    /// How many bytes were wanted, where that was known.
    #[must_use]
    pub const fn expected(&self) -> Option<usize> {
        self.expected
    }
}

impl fmt::Display for IncompleteReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.partial.len();
        match self.expected {
            Some(expected) => {
                write!(
                    f,
                    "{read} bytes read on a total of {expected} expected bytes"
                )
            }
            None => write!(
                f,
                "{read} bytes read on a total of undefined expected bytes"
            ),
        }
    }
}

impl std::error::Error for IncompleteReadError {}

/// A separator was not found within the limit of the stream: `asyncio.LimitOverrunError`.
///
/// The bytes stay in the stream.
///
/// # Examples
///
/// ```
/// use asyncio::{ReadError, StreamReader};
///
/// # futures::executor::block_on(async {
/// let mut reader = StreamReader::with_limit(&b"much too long;"[..], 4);
/// let Err(ReadError::LimitOverrun(error)) = reader.readuntil(b";").await else { panic!() };
/// assert_eq!(error.to_string(), "separator is found, but chunk is longer than limit");
/// assert_eq!(reader.readexactly(error.consumed()).await.unwrap(), b"much too long");
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitOverrunError {
    found: bool,
    consumed: usize,
}

impl LimitOverrunError {
    pub(super) const fn new(found: bool, consumed: usize) -> Self {
        LimitOverrunError { found, consumed }
    }

    /// How many bytes are in the stream that surely are no part of a separator.
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.consumed
    }

    pub(super) const fn message(&self) -> &'static str {
        if self.found {
            "separator is found, but chunk is longer than limit"
        } else {
            "separator is not found, and chunk exceed the limit"
        }
    }
}

impl fmt::Display for LimitOverrunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for LimitOverrunError {}

/// Why nothing could be read from a [`StreamReader`](crate::StreamReader).
///
/// It becomes an [`io::Error`] by `?`, of the kinds `UnexpectedEof`, `InvalidData` and `InvalidInput`,
/// with the error itself inside.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream ended first.
    Incomplete(IncompleteReadError),
    /// The limit of the stream was passed first.
    LimitOverrun(LimitOverrunError),
    /// A line longer than the limit, which is discarded; or a separator that is none.
    Value(ValueError),
    /// The connection failed.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incomplete(error) => error.fmt(f),
            ReadError::LimitOverrun(error) => error.fmt(f),
            ReadError::Value(error) => error.fmt(f),
            ReadError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReadError::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        ReadError::Io(error)
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Incomplete(error) => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::LimitOverrun(error) => io::Error::new(io::ErrorKind::InvalidData, error),
            ReadError::Value(error) => io::Error::new(io::ErrorKind::InvalidInput, error),
            ReadError::Io(error) => error,
        }
    }
}
