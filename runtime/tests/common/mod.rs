//! A log of events with virtual times.
#![allow(dead_code)]

use asyncio::{Finally, finally};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Clone)]
pub struct Log(Arc<Mutex<Vec<String>>>, Instant);

impl Log {
    pub fn new() -> Self {
        Log(Arc::default(), Instant::now())
    }

    /// Adds `what@milliseconds`.
    pub fn add(&self, what: &str) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{what}@{}", self.1.elapsed().as_millis()));
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// A guard whose cleanup takes `millis`, and logs `name<` and `name>`.
    pub fn guard(&self, name: &'static str, millis: u64) -> Finally {
        let log = self.clone();
        finally(async move {
            log.add(&format!("{name}<"));
            sleep(ms(millis)).await;
            log.add(&format!("{name}>"));
        })
    }
}

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Two frames with a guard each; never ends by itself.
pub async fn nested(log: Log) {
    let _outer = log.guard("outer", 50);
    inner(log.clone()).await;
}

pub async fn inner(log: Log) {
    let _inner = log.guard("inner", 20);
    sleep(ms(10_000)).await;
    log.add("never");
}
