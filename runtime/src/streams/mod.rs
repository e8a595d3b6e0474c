//! Streams: `Lib/asyncio/streams.py`.
//!
//! | to | call |
//! |---|---|
//! | connect | [`open_connection`], [`open_unix_connection`] |
//! | listen | [`start_server`], [`start_unix_server`], which give a [`Server`] |
//! | read | [`StreamReader`]: `read`, `readline`, `readexactly`, `readuntil`, `lines` |
//! | write | [`StreamWriter`]: `write`, `drain`, `write_eof`, `close`, `wait_closed` |
//! | encrypt | `.tls(..)` of the first three, `StreamWriter::start_tls`; feature `tls` |
//!
//! [`StreamReader::new`] and [`StreamWriter::new`] take anything that reads and writes in Tokio's sense,
//! and both are such things themselves.
//!
//! The connection belongs to both streams of it. It is closed when both are dropped, or when the writer
//! is closed; a writer that is dropped without that ends its own direction only.
//!
//! # What differs from asyncio
//!
//! - Two readers of one stream are refused by the compiler, not by a `RuntimeError`.
//! - Cancelling any method loses no bytes.
//! - `write` fails on a stream that is closed or lost, where asyncio drops the data with a warning.
//! - Nothing is read before it is asked for: a peer that hangs up is noticed by the next read or write.
//! - A [`Server`] that is dropped stops accepting.

mod connect;
mod connection;
mod errors;
mod handler;
mod listener;
mod reader;
mod reads;
mod separators;
mod serve;
mod server;
#[cfg(feature = "tls")]
pub mod tls;
mod transports;
mod writer;
mod writes;

pub use connect::{OpenConnection, open_connection};
#[cfg(unix)]
pub use connect::{OpenUnixConnection, open_unix_connection};
pub use errors::{IncompleteReadError, LimitOverrunError, ReadError};
pub use handler::HandlerOutput;
pub use reader::StreamReader;
pub use reads::{Lines, NextLine, Read, ReadExactly, ReadLine, ReadToEof, ReadUntil};
pub use separators::Separators;
pub use serve::{StartServer, start_server};
#[cfg(unix)]
pub use serve::{StartUnixServer, start_unix_server};
pub use server::Server;
pub(crate) use transports::is_hang_up;
pub use writer::StreamWriter;
pub use writes::{WaitClosed, WriterDrain};

/// How much `readuntil` may buffer unless told: 64 KiB, as in asyncio.
pub(crate) const DEFAULT_LIMIT: usize = 64 * 1024;
