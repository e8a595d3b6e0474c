//! What the probes are written with: the same helpers as those of `python/probes.py`.

use crate::exceptions::{Exc, Shown};
use futures::FutureExt;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
    static HANDLER: RefCell<Handler> = RefCell::new(Box::new(|_| ()));
}

type Handler = Box<dyn FnMut(&asyncio::ExceptionContext)>;

/// Runs a re-enactment on the virtual clock, which begins at 0.
pub fn on_virtual_clock<F: Future<Output = Value>>(item: F) -> Value {
    run(false, Box::pin(from_zero(item)))
}

/// Runs a re-enactment in real time: for those with threads.
pub fn in_real_time<F: Future<Output = Value>>(item: F) -> Value {
    run(true, Box::pin(from_zero(item)))
}

/// Boxed, so that the loop is compiled once and not for every item.
fn run(real_time: bool, item: Pin<Box<dyn Future<Output = Value> + '_>>) -> Value {
    asyncio::__private::run_test(real_time, None, item)
}

/// Sets the clock of [`now`] to 0; for loops that an item makes itself.
pub async fn from_zero<F: Future>(item: F) -> F::Output {
    START.set(Some(Instant::now()));
    item.await
}

/// The seconds since the item began, in milliseconds: the resolution of our timers.
///
/// # Panics
///
/// Outside of an item.
#[must_use]
pub fn now() -> f64 {
    let start = START.get().expect("an item that runs");
    (start.elapsed().as_secs_f64() * 1e3).round() / 1e3
}

/// The point in time that [`now`] calls so.
///
/// # Panics
///
/// Outside of an item.
#[must_use]
pub fn at(seconds: f64) -> Instant {
    let start = START.get().expect("an item that runs");
    let distance = Duration::from_secs_f64(seconds.abs());
    if seconds < 0.0 {
        start - distance
    } else {
        start + distance
    }
}

/// What an instant is called by [`now`].
///
/// # Panics
///
/// Outside of an item.
#[must_use]
pub fn seconds(instant: Instant) -> f64 {
    let start = START.get().expect("an item that runs");
    ((instant - start).as_secs_f64() * 1e3).round() / 1e3
}

/// Lets the loop turn so often.
pub async fn ticks(count: usize) {
    for _ in 0..count {
        asyncio::sleep(0).await;
    }
}

/// Waits for what happens outside of the loop, in real time.
pub async fn until(condition: impl Fn() -> bool) {
    while !condition() && now() < 10.0 {
        asyncio::sleep(0.001).await;
    }
}

/// What comes out of a future, exceptions as text: `!CancelledError`. A panic is an exception.
pub async fn out<F: IntoFuture>(future: F) -> Value
where
    F::Output: Shown,
{
    let outcome = AssertUnwindSafe(future.into_future()).catch_unwind().await;
    text(outcome.map_err(Exc::of_panic).and_then(Shown::shown))
}

/// What comes out of a call, exceptions as text. A panic is an exception.
pub fn trap<R: Shown>(call: impl FnOnce() -> R) -> Value {
    let outcome = catch_unwind(AssertUnwindSafe(call));
    text(outcome.map_err(Exc::of_panic).and_then(Shown::shown))
}

fn text(outcome: Result<Value, Exc>) -> Value {
    outcome.unwrap_or_else(|exception| Value::from(format!("!{exception}")))
}

/// A list that several tasks append to.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<Value>>>);

impl Log {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends.
    pub fn push(&self, entry: impl Into<Value>) {
        self.lock().push(entry.into());
    }

    /// What is in it now.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Array(self.lock().clone())
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Value {
        self.lock().last().cloned().unwrap_or(Value::Null)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The entries that contain this text.
    #[must_use]
    pub fn with(&self, part: &str) -> Vec<String> {
        let list = self.lock();
        let texts = list.iter().filter_map(Value::as_str);
        let matching = texts.filter(|text| text.contains(part));
        matching.map(str::to_owned).collect()
    }
}

/// The exception handler is that of the process: it gives everything to that of the item, which runs on
/// this thread.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Exceptions of the probes are panics here; those that nobody catches fail the test with their text.
        std::panic::set_hook(Box::new(|_| ()));
        asyncio::set_exception_handler(Some(Box::new(|context| {
            HANDLER.with_borrow_mut(|handler| handler(context));
        })));
    });
}

/// Sets the exception handler of this item.
pub fn set_handler(handler: impl FnMut(&asyncio::ExceptionContext) + 'static) {
    HANDLER.set(Box::new(handler));
}

/// Runs an item with an exception handler that keeps the messages.
pub fn with_handler(run: fn() -> Value) -> (Value, Vec<String>) {
    install();
    let log = Log::new();
    let handler = log.clone();
    set_handler(move |context| handler.push(context.message()));
    let value = run();
    set_handler(|_| ());
    let messages = log.with("");
    (value, messages)
}

/// What is logged on this thread while it runs: the level and the text of each.
pub fn logged(run: impl FnOnce()) -> Vec<(tracing::Level, String)> {
    let lines = Lines::default();
    // A global one has to exist, or reports go to standard error.
    let _ = tracing::subscriber::set_global_default(NoSubscriber::new());
    tracing::subscriber::with_default(lines.clone(), run);
    let lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    lines.clone()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(tracing::Level, String)>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("asyncio")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((*event.metadata().level(), text.0));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// Calls the function when it is dropped: what `except CancelledError` sees of a body that is dropped.
#[must_use]
pub fn on_drop<F: FnOnce()>(call: F) -> OnDrop<F> {
    OnDrop(Some(call))
}

/// What [`on_drop`] gives.
pub struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    /// Forgets it.
    pub fn disarm(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> fmt::Debug for OnDrop<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnDrop").finish_non_exhaustive()
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}
