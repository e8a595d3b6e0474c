//! Streams: `Lib/asyncio/streams.py`.
//!
//! | to | call |
//! |---|---|
//! | connect | [`open_connection`], [`open_unix_connection`]; happy eyeballs are an option of the first |
//! | listen | [`start_server`], [`start_unix_server`], which give a [`Server`] |
//! | use sockets that are there | [`open_tcp`], [`open_unix`], [`start_server_on`] |
//! | read | [`StreamReader`]: `read`, `readline`, `readexactly`, `readuntil`, `lines` |
//! | write | [`StreamWriter`]: `write`, `drain`, `write_eof`, `close`, `wait_closed` |
//! | encrypt | `.tls(..)` of what connects and listens, `StreamWriter::start_tls`; feature `tls` |
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

mod addresses;
mod connect;
#[cfg(unix)]
mod connect_unix;
mod connection;
mod errors;
mod handler;
mod listener;
mod reader;
mod reads;
mod separators;
mod serve;
#[cfg(unix)]
mod serve_unix;
mod server;
#[cfg(feature = "tls")]
pub mod tls;
mod transports;
mod writer;
mod writes;

pub use connect::{OpenConnection, open_connection, open_tcp};
#[cfg(unix)]
pub use connect_unix::{OpenUnixConnection, open_unix, open_unix_connection};
pub use errors::{IncompleteReadError, LimitOverrunError, ReadError};
pub use handler::HandlerOutput;
pub use reader::StreamReader;
pub use reads::{Lines, NextLine, Read, ReadExactly, ReadLine, ReadToEof, ReadUntil};
pub use separators::Separators;
pub use serve::{StartServer, start_server, start_server_on};
#[cfg(unix)]
pub use serve_unix::{StartUnixServer, start_unix_server};
pub use server::Server;
pub(crate) use transports::is_hang_up;
pub use writer::StreamWriter;
pub use writes::{WaitClosed, WriterDrain};

/// How much `readuntil` may buffer unless told: 64 KiB, as in asyncio.
pub(crate) const DEFAULT_LIMIT: usize = 64 * 1024;
