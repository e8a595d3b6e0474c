//! The command line.

use asyncio::duration;
use lexopt::{Arg, Parser, ValueExt};
use reqwest::Url;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
usage: fetch [options] [URL]...
  --limit N        how many at a time (8)
  --timeout SECS   how long one attempt may take (10)
  --retries N      how often to try again (2)
  --from FILE      read addresses from a file, one a line; `#` begins a comment";

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) urls: Vec<Url>,
    pub(crate) limit: usize,
    pub(crate) timeout: Duration,
    pub(crate) retries: u32,
}

impl Options {
    /// `None` if the user asks for help.
    pub(crate) fn from_args() -> Result<Option<Self>, Box<dyn Error>> {
        let mut options = Options {
            urls: Vec::new(),
            limit: 8,
            timeout: duration!(10s),
            retries: 2,
        };
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("limit") => options.limit = parser.value()?.parse()?,
                Arg::Long("timeout") => {
                    options.timeout = Duration::try_from_secs_f64(parser.value()?.parse()?)?;
                }
                Arg::Long("retries") => options.retries = parser.value()?.parse()?,
                Arg::Long("from") => options.read(Path::new(&parser.value()?))?,
                Arg::Value(address) => options.urls.push(url(&address.string()?)?),
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        if options.limit == 0 {
            return Err("`--limit` must be at least 1".into());
        }
        if options.urls.is_empty() {
            return Err("no addresses".into());
        }
        Ok(Some(options))
    }

    fn read(&mut self, file: &Path) -> Result<(), Box<dyn Error>> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let url = url(line).map_err(|error| format!("{name}:{number}: {error}"))?;
                self.urls.push(url);
            }
        }
        Ok(())
    }
}

fn url(address: &str) -> Result<Url, String> {
    let url = Url::parse(address).map_err(|error| format!("`{address}`: {error}"))?;
    match url.scheme() {
        "http" => Ok(url),
        "https" if cfg!(feature = "https") => Ok(url),
        "https" => Err(format!("`{address}`: built without the feature `https`")),
        other => Err(format!("`{address}`: `{other}` is not a scheme of the web")),
    }
}
