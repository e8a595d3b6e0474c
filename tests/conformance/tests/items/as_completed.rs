//! A. `as_completed`.

use asyncio::{Task, as_completed, create_task, sleep, timeout_at};
use asyncio_conformance::exceptions::{Exc, Shown};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, at, now, out, ticks};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};

items! {
    clock: b_227 b_229 b_230 b_231 b_232 b_235 b_236 b_237;
}

/// Sleeps, and gives how long.
async fn slept(seconds: u32) -> u32 {
    sleep(seconds).await;
    seconds
}

async fn b_227() -> Value {
    let mut order = Vec::new();
    let mut outputs = as_completed([3, 1, 2].map(slept));
    while let Some(seconds) = outputs.next().await {
        order.push(seconds);
    }
    json!([order, now()])
}

async fn b_229() -> Value {
    let named = |seconds: u32| {
        Task::builder()
            .name(seconds.to_string())
            .spawn(slept(seconds))
    };
    let ts = [2, 1].map(named);
    let ids = [ts[0].id(), ts[1].id()];
    let mut seen = Vec::new();
    let mut finished = as_completed(ts.map(Task::finished));
    while let Some(t) = finished.next().await {
        seen.push(json!([&*t.name(), t.done(), ids.contains(&t.id())]));
    }
    seen.into()
}

async fn b_230() -> Value {
    let log = Log::new();
    let fails = w(&log, "a", 1).exc(Exc::value_error("a"));
    let mut outputs = as_completed([fails, w(&log, "b", 2).ret("B")]);
    let mut seen = Vec::new();
    while let Some(outcome) = outputs.next().await {
        seen.push(out(async { outcome }).await);
    }
    seen.into()
}

/// The limit is that of each `next`, up to the same point in time.
async fn b_231() -> Value {
    let log = Log::new();
    let delays = [("a", 1), ("b", 5), ("c", 6)];
    let mut outputs = as_completed(delays.map(|(x, d)| create_task(w(&log, x, d).ret(x))));
    let mut seen = Vec::new();
    for _ in delays {
        seen.push(out(timeout_at(at(2.0), outputs.next())).await);
    }
    let then = now();
    while outputs.next().await.is_some() {}
    json!([seen, then, log.last()])
}

async fn b_232() -> Value {
    let mut outputs = as_completed(Vec::<Task<Value>>::new());
    let mut seen = Vec::new();
    while let Some(outcome) = outputs.next().await {
        seen.push(outcome.shown().expect("there is none"));
    }
    seen.into()
}

/// A task starts at once, and a future when it is awaited.
async fn b_235() -> Value {
    let log = Log::new();
    let mut outputs = as_completed([create_task(w(&log, "a", 0))]);
    ticks(2).await;
    let before = log.value();
    while outputs.next().await.is_some() {}
    before
}

async fn b_236() -> Value {
    let log = Log::new();
    let ts = [("a", 1), ("b", 2)].map(|(x, d)| create_task(w(&log, x, d)));
    let mut outputs = as_completed(ts);
    out(outputs.next()).await;
    drop(outputs);
    sleep(5).await;
    log.last()
}

async fn b_237() -> Value {
    let log = Log::new();
    let ts = [create_task(w(&log, "a", 3))];
    let t = create_task(async move {
        let mut outputs = as_completed(ts);
        while outputs.next().await.is_some() {}
    });
    sleep(1).await;
    t.cancel();
    let outcome = out(t).await;
    sleep(5).await;
    json!([outcome, log.last()])
}
