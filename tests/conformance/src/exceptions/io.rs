//! Errors of streams and of the system.

use super::Exc;
use asyncio::ReadError;
use std::io::{Error, ErrorKind};

impl From<Error> for Exc {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::ConnectionReset => "ConnectionResetError",
            ErrorKind::ConnectionRefused => "ConnectionRefusedError",
            ErrorKind::BrokenPipe => "BrokenPipeError",
            ErrorKind::InvalidInput => "ValueError",
            _ => "OSError",
        };
        let text = error.to_string();
        match error.raw_os_error() {
            Some(number) => {
                let text = text.split(" (os error").next().unwrap_or_default();
                let args = format!("({number}, '{text}')");
                Exc { kind, args }
            }
            None => Exc::of_text(&text, kind),
        }
    }
}

impl From<ReadError> for Exc {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Value(error) => error.into(),
            error => Error::from(error).into(),
        }
    }
}
