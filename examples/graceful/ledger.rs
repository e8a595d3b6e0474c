//! The ledger: accounts, and transfers between them that are booked in a transaction.

use crate::database::Database;
use asyncio::{AsyncExit, Exit};
use rusqlite::{OptionalExtension, params};
use std::error::Error;
use std::fmt;
use std::path::Path;

const SCHEMA: &str = "
    CREATE TABLE account (
        id INTEGER PRIMARY KEY,
        balance INTEGER NOT NULL CHECK (balance >= 0)
    );
    CREATE TABLE transfer (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL,
        target INTEGER NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        booked INTEGER NOT NULL DEFAULT FALSE
    );";

const ACCOUNTS: u32 = 10;
const BALANCE: u32 = 1000;

/// Makes a ledger with transfers that go round the accounts.
pub(crate) async fn seed(path: &Path, transfers: u32) -> rusqlite::Result<()> {
    let database = Database::open(path).await?;
    let seed = move |connection: &rusqlite::Connection| {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(SCHEMA)?;
        for id in 0..ACCOUNTS {
            transaction.execute("INSERT INTO account VALUES (?, ?)", (id, BALANCE))?;
        }
        let transfer = "INSERT INTO transfer (source, target, amount) VALUES (?, ?, ?)";
        for i in 0..transfers {
            let (source, target) = (i % ACCOUNTS, (i + 1) % ACCOUNTS);
            transaction.execute(transfer, (source, target, 1 + i % 7))?;
        }
        transaction.commit()
    };
    database.call(seed).await
}

#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: u32,
    source: u32,
    target: u32,
    amount: u32,
}

/// The next transfer that is not booked.
pub(crate) async fn next_transfer(database: &Database) -> Result<Option<Transfer>, LedgerError> {
    let next =
        "SELECT id, source, target, amount FROM transfer WHERE NOT booked ORDER BY id LIMIT 1";
    let next = move |connection: &rusqlite::Connection| {
        let transfer = connection.query_row(next, (), |row| {
            Ok(Transfer {
                id: row.get(0)?,
                source: row.get(1)?,
                target: row.get(2)?,
                amount: row.get(3)?,
            })
        });
        transfer.optional()
    };
    Ok(database.call(next).await?)
}

/// A transaction, from the first statement to `commit`; without that it is rolled back.
///
/// It begins inside of `with` and not before: cancelled during the `BEGIN`, it is rolled back as well. It
/// is committed inside, too: a commit can fail, and an exit has nobody to tell.
pub(crate) struct Transaction {
    database: Database,
    name: String,
}

impl Transaction {
    pub(crate) fn new(database: &Database, name: String) -> Self {
        Transaction {
            database: database.clone(),
            name,
        }
    }

    pub(crate) async fn begin(&self) -> Result<(), LedgerError> {
        let begin = |connection: &rusqlite::Connection| connection.execute_batch("BEGIN IMMEDIATE");
        Ok(self.database.call(begin).await?)
    }

    pub(crate) async fn withdraw(&self, transfer: &Transfer) -> Result<(), LedgerError> {
        self.add(transfer.source, -i64::from(transfer.amount)).await
    }

    pub(crate) async fn deposit(&self, transfer: &Transfer) -> Result<(), LedgerError> {
        self.add(transfer.target, i64::from(transfer.amount)).await
    }

    async fn add(&self, account: u32, amount: i64) -> Result<(), LedgerError> {
        let update = "UPDATE account SET balance = balance + ? WHERE id = ?";
        let add = move |connection: &rusqlite::Connection| {
            connection.execute(update, params![amount, account])
        };
        match self.database.call(add).await? {
            1 => Ok(()),
            _ => Err(LedgerError::NoAccount(account)),
        }
    }

    pub(crate) async fn commit(&self, transfer: &Transfer) -> Result<(), LedgerError> {
        let id = transfer.id;
        let commit = move |connection: &rusqlite::Connection| {
            connection.execute("UPDATE transfer SET booked = TRUE WHERE id = ?", [id])?;
            connection.execute_batch("COMMIT")
        };
        Ok(self.database.call(commit).await?)
    }
}

impl AsyncExit for Transaction {
    async fn exit(self, _how: Exit) {
        let roll_back = |connection: &rusqlite::Connection| {
            let is_open = !connection.is_autocommit();
            if is_open {
                connection.execute_batch("ROLLBACK")?;
            }
            Ok(is_open)
        };
        match self.database.call(roll_back).await {
            Ok(true) => println!("{}: rolled back", self.name),
            Ok(false) => {} // committed, or it never began
            Err(error) => eprintln!("{}: cannot roll back: {error}", self.name),
        }
    }
}

/// Why a worker gave up.
#[derive(Debug)]
pub(crate) enum LedgerError {
    Database(rusqlite::Error),
    NoAccount(u32),
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedgerError::Database(error) => error.fmt(f),
            LedgerError::NoAccount(id) => write!(f, "no account {id}"),
        }
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LedgerError::Database(error) => Some(error),
            LedgerError::NoAccount(_) => None,
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        LedgerError::Database(error)
    }
}
