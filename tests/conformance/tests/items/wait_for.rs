//! F. `wait_for`.

use asyncio::{CancelledError, TimeoutError, create_future, create_task, current_task, finally};
use asyncio::{get_running_loop, shield, sleep, wait_for};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_drop, out, ticks};
use asyncio_conformance::worker::w;
use futures::FutureExt;
use serde_json::{Value, json};
use std::error::Error;

items! {
    clock: b_138 b_139 b_140 b_141 b_142 b_143 b_144 b_145 b_146 b_147 b_148 b_149 b_150 b_151 b_152 b_153
        b_154 b_155 b_156 b_157;
}

/// Sleeps, and gives a value.
async fn slept(seconds: impl Into<f64>, value: &'static str) -> &'static str {
    sleep(seconds.into()).await;
    value
}

async fn b_138() -> Value {
    json!([out(wait_for(slept(1, "r"), 2)).await, now()])
}

async fn b_139() -> Value {
    let log = Log::new();
    let error: TimeoutError = wait_for(w(&log, "a", 9), 2)
        .await
        .expect_err("it takes longer");
    let cause = error.source().map(ToString::to_string);
    json!([Exc::from(error).to_string(), cause, log.value(), now()])
}

async fn b_140() -> Value {
    let log = Log::new();
    let outcome = out(wait_for(w(&log, "a", 9).cleanup(3), 2)).await;
    json!([outcome, log.value(), now()])
}

/// The body has no say in it: it is dropped.
async fn b_141() -> Value {
    out(wait_for(w(&Log::new(), "a", 9).ret("late"), 2)).await
}

async fn b_142() -> Value {
    let inner = w(&Log::new(), "a", 9).on_cancel(Exc::key_error("k"));
    out(wait_for(inner, 2)).await
}

async fn b_143() -> Value {
    let inner = w(&Log::new(), "a", 1).exc(Exc::key_error("k"));
    out(wait_for(inner, 2)).await
}

/// Without a limit there is nothing to wait for but the future; infinity is a limit that never comes.
async fn b_144() -> Value {
    json!([out(wait_for(slept(1e6, "r"), f64::INFINITY)).await, now()])
}

async fn b_145() -> Value {
    let (setter, f) = create_future();
    setter.set_result("done").expect("it is pending");
    json!([
        out(wait_for(f.clone(), 0)).await,
        out(wait_for(f, -1)).await
    ])
}

async fn b_146() -> Value {
    let log = Log::new();
    let c = async { log.push("started") };
    json!([out(wait_for(c, 0)).await, log.value()])
}

async fn b_147() -> Value {
    let log = Log::new();
    let t = create_task(w(&log, "a", 9).cleanup(1));
    let handle = t.handle();
    ticks(1).await;
    let outcome = out(wait_for(t.cancel_on_drop(), 0)).await;
    json!([outcome, log.value(), handle.cancelled(), now()])
}

async fn b_148() -> Value {
    let log = Log::new();
    let of_outer = log.clone();
    let t = create_task(async move {
        let in_finally = of_outer.clone();
        let _finally = finally(async move { in_finally.push(format!("outer@{}", now())) });
        out(wait_for(w(&of_outer, "a", 9).cleanup(1), 5)).await;
    });
    sleep(1).await;
    t.cancel();
    json!([out(t).await, log.value()])
}

async fn b_149() -> Value {
    let t = create_task(sleep(9));
    let by_somebody_else = t.canceller();
    get_running_loop().call_later(1, move || assert!(by_somebody_else.cancel()));
    json!([out(wait_for(t, 5)).await, now()])
}

async fn b_150() -> Value {
    let t = create_task(async {
        let here = || current_task().map(|task| task.id());
        let me = here();
        let same = wait_for(async { here().is_some() && here() == me }, 5).await;
        same.expect("it takes no time")
    });
    out(t).await
}

async fn b_151() -> Value {
    out(wait_for(slept(1, "won"), 1)).await
}

async fn b_152() -> Value {
    let mut t = create_task(slept(1, "won"));
    ticks(1).await;
    let outcome = out(wait_for(&mut t, 1)).await;
    json!([outcome, t.cancelled()])
}

async fn b_153() -> Value {
    let (setter, f) = create_future();
    get_running_loop().call_later(1, move || {
        let _in_time = setter.set_result("won");
    });
    out(wait_for(f, 1)).await
}

async fn b_154() -> Value {
    let t = create_task(slept(3, "r")).shared();
    let outcome = out(wait_for(shield(t.clone()), 1)).await;
    let then = now();
    json!([outcome, then, out(t).await, now()])
}

async fn b_155() -> Value {
    let shorter = out(wait_for(wait_for(sleep(9), 1), 5)).await;
    let then = now();
    let log = Log::new();
    let mid = async {
        let cancelled = on_drop(|| log.push("CancelledError"));
        let outcome = wait_for(sleep(9), 5).await;
        cancelled.disarm();
        log.push(out(async { outcome }).await);
    };
    let longer = out(wait_for(mid, 1)).await;
    json!([shorter, then, longer, log.value(), now()])
}

async fn b_156() -> Value {
    let inner = create_task(async { "done" }).shared();
    let reached = Log::new();
    let (of_outer, in_outer) = (reached.clone(), inner.clone());
    let t = create_task(async move {
        let inner: Result<Result<_, CancelledError>, _> = wait_for(in_outer, 100).await;
        sleep(1).await;
        of_outer.push(inner.is_ok());
    });
    sleep(0).await;
    t.cancel();
    json!([out(t).await, reached.value(), out(inner).await])
}

async fn b_157() -> Value {
    let (_setter, f) = create_future::<()>();
    f.cancel();
    out(wait_for(f, 1)).await
}
