//! A worker: books the transfers of one ledger, one after the other.

use crate::database::Database;
use crate::ledger::{LedgerError, Transaction, Transfer, next_transfer};
use asyncio::{sleep, with};
use std::path::{Path, PathBuf};

pub(crate) struct Worker {
    path: PathBuf,
    bank: f64,
}

impl Worker {
    /// A worker for this ledger, and for a bank that takes so many seconds.
    pub(crate) fn new(path: &Path, bank: f64) -> Self {
        Worker {
            path: path.to_owned(),
            bank,
        }
    }

    /// Works until there is nothing left to do. How many transfers it booked.
    pub(crate) async fn run(self) -> Result<u32, LedgerError> {
        let database = Database::open(&self.path).await?;
        let mut booked = 0;
        while let Some(transfer) = next_transfer(&database).await? {
            self.book(&database, &transfer).await?;
            booked += 1;
        }
        Ok(booked)
    }

    async fn book(&self, database: &Database, transfer: &Transfer) -> Result<(), LedgerError> {
        let name = format!("{}, transfer {}", self.path.display(), transfer.id);
        with(Transaction::new(database, name), async |transaction| {
            transaction.begin().await?;
            transaction.withdraw(transfer).await?;
            self.ask_the_bank(transfer).await;
            transaction.deposit(transfer).await?;
            transaction.commit(transfer).await
        })
        .await
    }

    /// Stands for a call over the network, the reason why a transaction is open for long.
    async fn ask_the_bank(&self, _transfer: &Transfer) {
        sleep(self.bank).await;
    }
}
