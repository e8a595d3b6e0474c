//! Fetches pages side by side, a few at a time, and says what came of each.
//!
//! ```text
//! cargo run --example fetch -- http://example.com http://example.org
//! cargo run --example fetch -- --limit 20 --timeout 2.5 --retries 3 --from urls.txt
//! cargo run -p asyncio-examples --features https --example fetch -- https://example.com
//! ```
//!
//! A progress bar goes to standard error, the table to standard output. Time-outs, connections that
//! fail, and the statuses 429 and 5xx are tried again, after a pause that doubles each time. Ends with 0
//! if every page came, with 1 if one did not, with 2 if it could not begin.
//!
//! To see: `gather!(..pages, limit = n)` for the concurrency, `#[timeout(limit)]` for one attempt.

mod arguments;
mod error;
mod table;

use arguments::{Options, USAGE};
use asyncio::{duration, gather, sleep, timeout};
use error::FetchError;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Client, Url};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use table::{Row, Table};

const FIRST_PAUSE: Duration = duration!(100ms);

#[asyncio::main]
async fn main() -> ExitCode {
    #[cfg(feature = "https")]
    let _ = rustls::crypto::ring::default_provider().install_default();

    let options = match Options::from_args() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("fetch: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match fetch_all(&options).await {
        Ok(rows) => {
            print!("{}", Table(&rows));
            ExitCode::from(u8::from(rows.iter().any(|row| row.outcome.is_err())))
        }
        Err(error) => {
            eprintln!("fetch: {error}");
            ExitCode::from(2)
        }
    }
}

async fn fetch_all(options: &Options) -> reqwest::Result<Vec<Row>> {
    let client = Client::builder()
        .user_agent(concat!("asyncio-fetch/", env!("CARGO_PKG_VERSION")))
        .build()?;
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(options.urls.len() as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));

    let rows = gather!(
        ..options.urls.iter().map(|url| async {
            let row = fetch(&client, url, options).await;
            bar.inc(1);
            row
        }),
        limit = options.limit
    )
    .await;
    bar.finish_and_clear();
    Ok(rows)
}

/// One page, with as many attempts as it may have.
async fn fetch(client: &Client, url: &Url, options: &Options) -> Row {
    let start = Instant::now();
    let mut tries = 1;
    let mut pause = FIRST_PAUSE;
    let outcome = loop {
        match get(client, url, options.timeout).await {
            Err(error) if error.is_transient() && tries <= options.retries => {
                sleep(pause).await;
                tries += 1;
                pause *= 2;
            }
            outcome => break outcome,
        }
    };
    Row {
        url: url.clone(),
        outcome,
        tries,
        time: start.elapsed(),
    }
}

/// One attempt. The time limit holds for the whole of it, the body of the page included.
#[timeout(limit)]
async fn get(client: &Client, url: &Url, limit: Duration) -> Result<u64, FetchError> {
    let mut response = client.get(url.clone()).send().await?;
    if !response.status().is_success() {
        return Err(FetchError::Status(response.status()));
    }
    let mut bytes = 0;
    while let Some(chunk) = response.chunk().await? {
        bytes += chunk.len() as u64;
    }
    Ok(bytes)
}
