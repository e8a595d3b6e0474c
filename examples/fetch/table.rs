//! The results, in columns.

use crate::error::FetchError;
use reqwest::Url;
use std::fmt;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) url: Url,
    /// How many bytes the page has.
    pub(crate) outcome: Result<u64, FetchError>,
    pub(crate) tries: u32,
    /// With all attempts, and the pauses between them.
    pub(crate) time: Duration,
}

pub(crate) struct Table<'a>(pub(crate) &'a [Row]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|row| row.url.as_str().len()).max();
        let width = width.unwrap_or(0).clamp(3, 60);
        writeln!(f, "{:>7}  {:>5}  {:width$}  result", "time", "tries", "url")?;
        for row in self.0 {
            let (time, tries) = (row.time.as_secs_f64(), row.tries);
            write!(f, "{time:>6.2}s  {tries:>5}  {:width$}  ", row.url.as_str())?;
            match &row.outcome {
                Ok(bytes) => writeln!(f, "{bytes} bytes")?,
                Err(error) => writeln!(f, "failed: {error}")?,
            }
        }
        let failed = self.0.iter().filter(|row| row.outcome.is_err()).count();
        writeln!(f, "{} fetched, {failed} failed", self.0.len() - failed)
    }
}
