//! Why a page did not come.

use asyncio::TimeoutError;
use reqwest::StatusCode;
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub(crate) enum FetchError {
    Http(reqwest::Error),
    Status(StatusCode),
    TimedOut(TimeoutError),
}

impl FetchError {
    /// Whether another attempt may have more luck.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            FetchError::Http(error) => !error.is_builder() && !error.is_redirect(),
            FetchError::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            FetchError::TimedOut(_) => true,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The innermost cause is what a person wants to read: "connection refused".
            FetchError::Http(error) => {
                let mut cause: &dyn Error = error;
                while let Some(source) = cause.source() {
                    cause = source;
                }
                write!(f, "{cause}")
            }
            FetchError::Status(status) => status.fmt(f),
            FetchError::TimedOut(error) => error.fmt(f),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FetchError::Http(error) => Some(error),
            FetchError::TimedOut(error) => Some(error),
            FetchError::Status(_) => None,
        }
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        FetchError::Http(error)
    }
}

impl From<TimeoutError> for FetchError {
    fn from(error: TimeoutError) -> Self {
        FetchError::TimedOut(error)
    }
}
