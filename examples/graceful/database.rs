//! A SQLite connection for async code.
//!
//! SQLite blocks, so a connection lives on a thread of its own. It must be one thread and not a pool:
//! a task that is cancelled leaves behind the statement that it waited for, and the rollback must not
//! overtake that. One thread does the jobs in the order in which they were sent.

use asyncio::create_future;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A handle to the connection; it is closed when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Database {
    jobs: mpsc::Sender<Job>,
}

impl Database {
    /// Opens or creates a file.
    pub(crate) async fn open(path: &Path) -> rusqlite::Result<Self> {
        let path = path.to_owned();
        let (jobs, queue) = mpsc::channel::<Job>();
        let (opened, is_open) = create_future();
        thread::spawn(move || match Connection::open(path) {
            Ok(connection) => {
                // Whoever opens it may be gone by now; then nobody sends a job, and this ends.
                let _ = opened.set_result(Ok(()));
                queue.into_iter().for_each(|job| job(&connection));
            }
            Err(error) => drop(opened.set_result(Err(error))),
        });
        is_open.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Database { jobs })
    }

    /// Does something with the connection.
    ///
    /// # Cancellation
    ///
    /// A job that has not begun is left out; one that has comes to its end. Either way it is over
    /// before the next one begins.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        let (done, result) = create_future();
        let job = Box::new(move |connection: &Connection| {
            if !done.cancelled() {
                let _ = done.set_result(job(connection));
            }
        });
        self.jobs.send(job).map_err(|_| gone())?;
        result.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// The thread ended early: a job panicked.
fn gone() -> rusqlite::Error {
    rusqlite::Error::UnwindingPanic
}
