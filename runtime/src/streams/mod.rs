//! Streams: `Lib/asyncio/streams.py`.

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
