//! `graceful`: wherever its workers are stopped, the ledgers are right, and nothing is left behind.
#![cfg(unix)]

#[path = "../graceful/database.rs"]
mod database;
#[path = "support/interrupt.rs"]
mod interrupt;
#[path = "../graceful/ledger.rs"]
mod ledger;
mod support;
#[path = "../graceful/worker.rs"]
mod worker;

use asyncio::{create_task, gather, sleep, task_group, wait_for};
use interrupt::{interrupt, interruptible};
use ledger::LedgerError;
use rusqlite::Connection;
use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::BuildHasher;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Tested, example};
use worker::Worker;

const SIGINT: i32 = 2;
const LEDGERS: usize = 4;

/// A directory with ledgers, gone at the end.
struct Ledgers {
    directory: PathBuf,
    paths: Vec<PathBuf>,
}

impl Ledgers {
    async fn seed(name: &str, transfers: u32) -> Result<Self, Box<dyn Error>> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if tokio::fs::try_exists(&directory).await? {
            tokio::fs::remove_dir_all(&directory).await?; // of a run that was killed
        }
        tokio::fs::create_dir_all(&directory).await?;
        let path = |i| directory.join(format!("ledger-{i}.db"));
        let paths: Vec<PathBuf> = (1..=LEDGERS).map(path).collect();
        for path in &paths {
            ledger::seed(path, transfers).await?;
        }
        Ok(Ledgers { directory, paths })
    }

    /// Each ledger is right, and nobody holds it. How many transfers are booked.
    fn check(&self) -> Result<u32, Box<dyn Error>> {
        self.paths.iter().map(|path| check(path)).sum()
    }
}

impl Drop for Ledgers {
    fn drop(&mut self) {
        // A failure to clean up must not hide the one that the test is about.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn check(path: &Path) -> Result<u32, Box<dyn Error>> {
    let journal = format!("{}-journal", path.display());
    assert!(!Path::new(&journal).exists(), "{journal} is left");
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.execute_batch("BEGIN IMMEDIATE")?; // fails at once if a lock is held
    // Every balance is what the booked transfers make of the first 1000, no more and no less.
    let wrong: u32 = connection.query_row(
        "SELECT count(*) FROM account WHERE balance IS NOT 1000
            + (SELECT coalesce(sum(amount), 0) FROM transfer WHERE booked AND target = account.id)
            - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE booked AND source = account.id)",
        (),
        |row| row.get(0),
    )?;
    assert_eq!(wrong, 0, "balances of {}", path.display());
    let booked = "SELECT count(*) FROM transfer WHERE booked";
    let booked = connection.query_row(booked, (), |row| row.get(0))?;
    connection.execute_batch("ROLLBACK")?;
    Ok(booked)
}

/// A time up to `most`, another one each time.
fn random(most: Duration) -> Duration {
    most.mul_f64(RandomState::new().hash_one(0) as f64 / u64::MAX as f64)
}

#[asyncio::test(real_time)]
async fn workers_killed_at_random_moments_leave_the_ledgers_right() -> Tested {
    let ledgers = Ledgers::seed("killed", 2000).await?;
    let mut booked = 0;
    for _ in 0..30 {
        let workers = ledgers.paths.iter().map(|path| async {
            let worker = create_task(Worker::new(path, 0.001).run());
            sleep(random(Duration::from_millis(20))).await;
            worker.cancel();
            let killed = worker.await;
            assert!(killed.is_err(), "{killed:?}");
            // This very moment, while others are still at work.
            check(path).map_err(|error| io::Error::other(error.to_string()))
        });
        let now: u32 = gather!(..workers).await?.into_iter().sum();
        assert!(now >= booked, "what was booked stays booked");
        booked = now;
    }
    assert!(booked > 0, "some were booked");
    Ok(())
}

#[asyncio::test(real_time)]
async fn interrupts_at_random_moments_leave_the_ledgers_right() -> Tested {
    // More than all rounds together have time for: a service that has nothing left to do ends by itself.
    const TRANSFERS: u32 = 200;
    let ledgers = Ledgers::seed("interrupted", TRANSFERS).await?;
    let graceful = example("graceful")?;
    let mut rolled_back = 0;
    for _ in 0..15 {
        let mut command = interruptible(&graceful);
        let service = command
            .arg("run")
            .arg(&ledgers.directory)
            .arg("0.05")
            .spawn()?;
        sleep(0.03).await; // it has to be there to be interrupted
        sleep(random(Duration::from_millis(120))).await;
        interrupt(&service).await?;
        let output = wait_for!(service.wait_with_output(), 10s).await??;
        let said = String::from_utf8(output.stdout)?;
        assert_eq!(output.status.signal(), Some(SIGINT), "{said}");
        assert_eq!(String::from_utf8(output.stderr)?, "");
        rolled_back += said
            .lines()
            .filter(|line| line.ends_with(": rolled back"))
            .count();
        ledgers.check()?;
    }
    assert!(
        rolled_back > LEDGERS,
        "interrupted in the middle of transactions"
    );

    let rest = LEDGERS as u32 * TRANSFERS - ledgers.check()?;
    let mut command = interruptible(&graceful);
    let output = command
        .arg("run")
        .arg(&ledgers.directory)
        .arg("0")
        .output()
        .await?;
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(said, format!("booked {rest} transfers\n"));
    assert!(output.status.success());
    assert_eq!(ledgers.check()?, LEDGERS as u32 * TRANSFERS);
    Ok(())
}

/// Has the third transfer of a ledger fail.
fn break_transfer(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute("UPDATE transfer SET target = 77 WHERE id = 3", ())?;
    Ok(())
}

#[asyncio::test(real_time)]
async fn a_worker_that_fails_has_the_others_roll_back() -> Tested {
    let ledgers = Ledgers::seed("failing", 10).await?;
    let (broken, others) = ledgers.paths.split_first().ok_or("no ledgers")?;
    break_transfer(broken)?;
    let failed = task_group!(|tg| {
        for path in others {
            tg.create_task(Worker::new(path, 60.0).run()); // in its first transaction for a minute
        }
        tg.create_task(Worker::new(broken, 0.1).run());
    })
    .await;
    let failed = failed.err().ok_or("nothing failed")?;
    assert!(
        matches!(failed.errors(), [LedgerError::NoAccount(77)]),
        "{failed}"
    );
    assert_eq!(ledgers.check()?, 2, "two of the broken ledger");
    Ok(())
}

#[asyncio::test(real_time)]
async fn a_failure_is_told_and_is_the_exit_code() -> Tested {
    let ledgers = Ledgers::seed("told", 10).await?;
    break_transfer(&ledgers.paths[2])?;
    let mut command = interruptible(&example("graceful")?);
    let output = command
        .arg("run")
        .arg(&ledgers.directory)
        .arg("0.05")
        .output()
        .await?;
    assert_eq!(output.status.code(), Some(1));
    let complaint = "graceful: unhandled errors in a TaskGroup (1 sub-exception): no account 77\n";
    assert_eq!(String::from_utf8(output.stderr)?, complaint);
    let said = String::from_utf8(output.stdout)?;
    let failed = format!("{}, transfer 3: rolled back", ledgers.paths[2].display());
    assert!(said.lines().any(|line| line == failed), "{said}");
    ledgers.check()?;
    Ok(())
}
