//! What tokio-console is told, by the spans and events that it looks at. Compiled with
//! `RUSTFLAGS="--cfg tokio_unstable"` and the feature `tokio-console` only.
#![cfg(all(feature = "tokio-console", tokio_unstable))]

use asyncio::{Runner, Task, create_task, gather, sleep};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// One span of a task.
#[derive(Clone, Debug, Default)]
struct Shown {
    fields: BTreeMap<&'static str, String>,
    polls: u32,
    wakes: u32,
    wakers: i32,
    closed: bool,
}

/// What tokio-console's layer keeps, in short.
#[derive(Clone, Default)]
struct Console(Arc<Mutex<BTreeMap<u64, Shown>>>);

impl Console {
    fn of(&self, id: u64, change: impl FnOnce(&mut Shown)) {
        if let Some(shown) = self.0.lock().unwrap().get_mut(&id) {
            change(shown);
        }
    }

    fn named(&self, name: &str) -> Shown {
        let all = self.0.lock().unwrap();
        let named = all
            .values()
            .filter(|shown| shown.fields["task.name"] == name);
        let [one] = named.collect::<Vec<_>>()[..] else {
            panic!("{name}: {all:?}")
        };
        one.clone()
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber> Layer<S> for Console {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "runtime.spawn" {
            let mut shown = Shown::default();
            attributes.record(&mut Fields(&mut shown.fields));
            self.0.lock().unwrap().insert(id.into_u64(), shown);
        }
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.of(id.into_u64(), |shown| shown.polls += 1);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.of(id.into_u64(), |shown| shown.closed = true);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "tokio::task::waker" {
            return;
        }
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let id = fields["task.id"].parse().unwrap();
        self.of(id, |shown| match &*fields["op"] {
            "waker.clone" => shown.wakers += 1,
            "waker.drop" => shown.wakers -= 1,
            "waker.wake_by_ref" => shown.wakes += 1,
            "waker.wake" => (shown.wakes, shown.wakers) = (shown.wakes + 1, shown.wakers - 1),
            _ => {}
        });
    }
}

/// Runs some tasks; gives the fields of the one that has a name.
fn check(
    run: impl FnOnce(Pin<Box<dyn Future<Output = u32>>>) -> u32,
) -> BTreeMap<&'static str, String> {
    let console = Console::default();
    let seen = console.clone();
    let subscriber = Registry::default().with(console.clone());
    let line = tracing::subscriber::with_default(subscriber, || {
        run(Box::pin(async move {
            let (task, line) = (Task::builder().name("fetcher").spawn(nap()), line!());
            let eager = Task::builder().name("eager").eager().spawn(nap());
            let unnamed = create_task(nap());
            assert!(!seen.named("fetcher").closed);
            let name = unnamed.name();
            gather!(task, eager, unnamed).await.unwrap();
            seen.named(&name);
            line
        }))
    });
    let shown = console.named("fetcher");
    assert!(
        shown.closed && shown.polls >= 2 && shown.wakes >= 1,
        "{shown:?}"
    );
    assert_eq!(shown.wakers, 0, "{shown:?}");
    assert!(
        shown.fields["loc.file"].ends_with("console.rs"),
        "{shown:?}"
    );
    assert_eq!(shown.fields["loc.line"], line.to_string());
    assert!(console.named("eager").closed);
    shown.fields
}

async fn nap() {
    sleep(0.001).await;
}

#[test]
fn tasks_of_our_loop_are_seen_by_name() {
    let fields = check(|program| Runner::new().run(program));
    assert_eq!(fields["kind"], "asyncio");
}

#[test]
fn so_are_those_on_a_runtime_of_tokio() {
    let fields = check(|program| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(program)
    });
    assert_eq!(fields["kind"], "task");
}
