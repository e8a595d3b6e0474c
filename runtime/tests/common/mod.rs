//! A log of events with virtual times.
#![allow(dead_code, unreachable_pub)]

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

/// What is reported because nobody can be told otherwise.
pub mod report {
    use std::fmt::{Debug, Write};
    use std::sync::{Arc, Mutex};
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::{DefaultGuard, NoSubscriber};
    use tracing::{Event, Metadata, Subscriber};

    type Lines = Arc<Mutex<Vec<String>>>;

    /// The reports of this thread, for as long as this lives.
    pub struct Reports(Lines, #[allow(dead_code)] DefaultGuard);

    impl Reports {
        pub fn all(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }

        /// How many contain `text`.
        pub fn matching(&self, text: &str) -> usize {
            let lines = self.0.lock().unwrap();
            lines.iter().filter(|line| line.contains(text)).count()
        }
    }

    pub fn capture() -> Reports {
        let lines = Lines::default();
        // A global one has to exist, or reports go to standard error.
        let _ = tracing::subscriber::set_global_default(NoSubscriber::new());
        Reports(
            lines.clone(),
            tracing::subscriber::set_default(Collect(lines)),
        )
    }

    struct Collect(Lines);

    impl Visit for Collect {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "message" {
                let mut line = String::new();
                write!(line, "{value:?}").unwrap();
                self.0.lock().unwrap().push(line);
            }
        }
    }

    impl Subscriber for Collect {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "asyncio"
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut Collect(self.0.clone()));
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }
}
