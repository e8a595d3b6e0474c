//! A worker service that ends in order: it books transfers, one SQLite ledger per worker.
//!
//! ```text
//! cargo run --example graceful -- seed /tmp/ledgers 4 100   # 4 ledgers, with 100 transfers to do in each
//! cargo run --example graceful -- run /tmp/ledgers          # books them; Ctrl-C, and again
//! cargo run --example graceful -- run /tmp/ledgers 0.5      # the bank takes half a second for each
//! ```
//!
//! Each worker holds a transaction open while it waits for the bank. Ctrl-C, or a worker that fails,
//! cancels all of them wherever they are. Each transaction is then rolled back, and the rollbacks are
//! awaited, side by side, before the process ends: no lock and no journal is left behind.
//!
//! To see: `task_group!` for the workers, `with` for the transaction, and in `database.rs` what it
//! takes for a blocking library to be cancelled safely.

mod database;
mod ledger;
mod worker;

use asyncio::task_group;
use ledger::LedgerError;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use worker::Worker;

const USAGE: &str =
    "usage: graceful seed DIRECTORY LEDGERS TRANSFERS | graceful run DIRECTORY [SECONDS]";

#[asyncio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["seed", directory, ledgers, transfers] => seed(directory, ledgers, transfers).await,
        ["run", directory] => run(directory, "0.1").await,
        ["run", directory, seconds] => run(directory, seconds).await,
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("graceful: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn seed(directory: &str, ledgers: &str, transfers: &str) -> Result<(), Box<dyn Error>> {
    let (ledgers, transfers): (u32, u32) = (ledgers.parse()?, transfers.parse()?);
    tokio::fs::create_dir_all(directory).await?;
    for number in 1..=ledgers {
        let path = Path::new(directory).join(format!("ledger-{number}.db"));
        ledger::seed(&path, transfers).await?;
    }
    Ok(())
}

async fn run(directory: &str, seconds: &str) -> Result<(), Box<dyn Error>> {
    let bank: f64 = seconds.parse()?;
    let ledgers = ledgers(Path::new(directory)).await?;
    let booked = work(&ledgers, bank).await?;
    println!("booked {booked} transfers");
    Ok(())
}

/// Runs one worker for each ledger. How many transfers they booked.
async fn work(ledgers: &[PathBuf], bank: f64) -> Result<u32, asyncio::ExceptionGroup<LedgerError>> {
    task_group!(|tg| {
        let workers: Vec<_> = ledgers
            .iter()
            .map(|ledger| tg.create_task(Worker::new(ledger, bank).run()))
            .collect();
        let mut booked = 0;
        for worker in workers {
            // One that failed is in the error of the group.
            booked += worker.await.unwrap_or(0);
        }
        booked
    })
    .await
}

async fn ledgers(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = tokio::fs::read_dir(directory).await?;
    let mut ledgers = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            ledgers.push(path);
        }
    }
    ledgers.sort();
    Ok(ledgers)
}
