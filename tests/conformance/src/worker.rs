//! The standard worker of the probes: `w`.

use crate::exceptions::Exc;
use crate::probe::{Log, now};
use asyncio::{finally, sleep};
use serde_json::Value;
use std::future::IntoFuture;
use std::panic::panic_any;
use std::pin::Pin;

/// Logs when it starts, ends, is cancelled, and has cleaned up, with the virtual time.
///
/// In Python it catches its `CancelledError` and awaits its cleanup; here the cleanup is that of
/// [`finally`], which a dropped future leaves behind. An exception that the cleanup raises is a panic.
#[derive(Clone, Debug)]
#[must_use]
pub struct Worker {
    log: Log,
    name: String,
    delay: f64,
    returned: Value,
    raised: Option<Exc>,
    cleanup: f64,
    on_cancel: Option<Exc>,
}

/// A worker that sleeps for `delay`.
pub fn w(log: &Log, name: &str, delay: impl Into<f64>) -> Worker {
    Worker {
        log: log.clone(),
        name: name.to_owned(),
        delay: delay.into(),
        returned: Value::Null,
        raised: None,
        cleanup: 0.0,
        on_cancel: None,
    }
}

/// What a worker gives.
pub type Work = Pin<Box<dyn Future<Output = Result<Value, Exc>> + Send>>;

impl Worker {
    /// What it returns.
    pub fn ret(mut self, value: impl Into<Value>) -> Self {
        self.returned = value.into();
        self
    }

    /// What it raises at its end.
    pub fn exc(mut self, exception: Exc) -> Self {
        self.raised = Some(exception);
        self
    }

    /// How long its cleanup takes when it is cancelled.
    pub fn cleanup(mut self, seconds: impl Into<f64>) -> Self {
        self.cleanup = seconds.into();
        self
    }

    /// What its cleanup raises when it is cancelled.
    pub fn on_cancel(mut self, exception: Exc) -> Self {
        self.on_cancel = Some(exception);
        self
    }

    fn note(&self, event: &str) {
        self.log.push(format!("{} {event}@{}", self.name, now()));
    }

    async fn clean(self) {
        if self.cleanup > 0.0 {
            sleep(self.cleanup).await;
            self.note("cleaned");
        }
        if let Some(exception) = self.on_cancel {
            panic_any(exception);
        }
    }

    async fn run(self) -> Result<Value, Exc> {
        self.note("start");
        let guard = finally(self.clone().clean());
        let cancelled = Cancelled(Some(&self));
        sleep(self.delay).await;
        cancelled.disarm();
        guard.disarm();
        if let Some(exception) = &self.raised {
            self.note("raises");
            return Err(exception.clone());
        }
        self.note("done");
        Ok(self.returned.clone())
    }
}

impl IntoFuture for Worker {
    type Output = Result<Value, Exc>;
    type IntoFuture = Work;

    fn into_future(self) -> Work {
        Box::pin(self.run())
    }
}

/// Says that the worker is cancelled when it is dropped.
struct Cancelled<'a>(Option<&'a Worker>);

impl Cancelled<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.0 {
            worker.note("cancelled");
        }
    }
}
