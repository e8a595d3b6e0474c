//! L. `Semaphore`, `BoundedSemaphore` and `Barrier`.

use asyncio::{ALL_COMPLETED, Barrier, BoundedSemaphore, Semaphore};
use asyncio::{Task, create_task, gather, sleep, wait};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, out, ticks, trap};
use serde_json::{Value, json};
use std::sync::Arc;

items! {
    clock: b_287 b_288 b_289 b_290 b_291 b_292 b_293 b_294 b_295 b_296 b_297 b_298 b_299;
}

async fn b_287() -> Value {
    let (s, log) = (Semaphore::new(2), Log::new());
    let c = async |i: u32| {
        let _permit = s.acquire().await;
        log.push(format!("{i}@{}", now()));
        sleep(1).await;
    };
    gather!(c(0), c(1), c(2), c(3), c(4)).await;
    log.value()
}

/// The first part is `semaphore_negative`.
async fn b_288() -> Value {
    json!([(), Semaphore::new(0).locked()])
}

async fn b_289() -> Value {
    let s = Semaphore::new(1);
    s.release();
    json!([s.value(), trap(|| BoundedSemaphore::new(1).release())])
}

/// Takes a permit for good.
async fn take(s: &Semaphore) {
    s.acquire().await.forget();
}

/// A task that takes a permit for good, and says so.
fn taker(s: &Arc<Semaphore>, log: &Log, name: impl Into<Value>) -> Task<bool> {
    let (s, log, name) = (s.clone(), log.clone(), name.into());
    create_task(async move {
        take(&s).await;
        log.push(name);
        true
    })
}

async fn b_290() -> Value {
    let (s, log) = (Arc::new(Semaphore::new(0)), Log::new());
    let a = taker(&s, &log, "a");
    ticks(1).await;
    s.release();
    s.release();
    let locked = s.locked();
    take(&s).await;
    log.push("main");
    out(a).await;
    json!([locked, log.value()])
}

async fn b_291() -> Value {
    let (s, log) = (Arc::new(Semaphore::new(0)), Log::new());
    let (a, c) = (taker(&s, &log, "a"), taker(&s, &log, "c"));
    ticks(1).await;
    s.release();
    a.cancel();
    let a = out(a).await;
    json!([a, out(asyncio::wait_for(c, 1)).await, s.value()])
}

async fn b_292() -> Value {
    let (s, log) = (Arc::new(Semaphore::new(0)), Log::new());
    let tasks: Vec<_> = (0..4).map(|i: u32| taker(&s, &log, i)).collect();
    ticks(1).await;
    for _ in 0..3 {
        s.release();
    }
    ticks(4).await;
    let three = log.value();
    s.release();
    drop(wait(tasks).return_when(ALL_COMPLETED).await);
    json!([three, log.value()])
}

async fn b_293() -> Value {
    let (br, log) = (Barrier::new(3), Log::new());
    let c = async |x: &'static str, delay: u32| {
        sleep(delay).await;
        let i = br.wait().await.expect("nobody breaks it");
        log.push(json!([x, i, now()]));
    };
    gather!(c("a", 2), c("b", 1), c("c", 3)).await;
    let mut sorted: Vec<Value> = log.value().as_array().cloned().unwrap_or_default();
    let first = sorted[0][0].clone();
    sorted.sort_by_key(Value::to_string);
    json!([sorted, first])
}

async fn b_294() -> Value {
    let (br, log) = (Barrier::new(2), Log::new());
    let c = async || {
        for k in 0..3 {
            out(br.wait()).await;
            log.push(k);
        }
    };
    gather!(c(), c()).await;
    log.value()
}

async fn b_295() -> Value {
    let made = Barrier::try_new(0).map(|_| ());
    let made = made.map_err(|error| Exc::from(error).kind());
    let made = made.map_or_else(|kind| format!("!{kind}"), |()| "made".to_owned());
    json!([made, out(Barrier::new(1).wait()).await])
}

async fn b_296() -> Value {
    let br = Barrier::new(1);
    json!([out(br.wait()).await, br.n_waiting(), br.broken()])
}

/// A task that waits at the barrier.
fn waits(br: &Arc<Barrier>) -> Task<Value> {
    let br = br.clone();
    create_task(async move { out(br.wait()).await })
}

/// What so many tasks get that wait at the barrier, sorted.
async fn round(br: &Arc<Barrier>, parties: usize) -> Vec<u64> {
    let tasks: Vec<_> = (0..parties).map(|_| waits(br)).collect();
    let (done, _) = wait(tasks).return_when(ALL_COMPLETED).await;
    let mut indices = Vec::new();
    for task in done {
        indices.extend(out(task).await.as_u64());
    }
    indices.sort_unstable();
    indices
}

async fn b_297() -> Value {
    let br = Arc::new(Barrier::new(2));
    let t = waits(&br);
    ticks(1).await;
    let before = br.n_waiting();
    t.cancel();
    out(t).await;
    let left = json!([before, br.n_waiting(), br.broken()]);
    json!([left, round(&br, 2).await])
}

/// A barrier of three at which two wait.
async fn two_wait() -> (Arc<Barrier>, [Task<Value>; 2]) {
    let br = Arc::new(Barrier::new(3));
    let tasks = [waits(&br), waits(&br)];
    ticks(1).await;
    (br, tasks)
}

async fn both([a, b]: [Task<Value>; 2]) -> Value {
    json!([out(a).await, out(b).await])
}

async fn b_298() -> Value {
    let (br, tasks) = two_wait().await;
    br.reset();
    let sent_away = both(tasks).await;
    let again = round(&br, 3).await;
    json!([sent_away, br.broken(), again])
}

async fn b_299() -> Value {
    let (br, tasks) = two_wait().await;
    br.abort();
    let late = both(tasks).await;
    let late = json!([late, out(br.wait()).await, br.broken()]);
    br.reset();
    json!([late, br.broken()])
}
