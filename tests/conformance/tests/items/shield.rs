//! H. `shield`.

use asyncio::{CancelledError, create_future, create_task, finally, gather};
use asyncio::{get_running_loop, shield, sleep};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_virtual_clock, out, ticks};
use asyncio_conformance::worker::w;
use futures::FutureExt;
use serde_json::{Value, json};

items! {
    clock: b_183 b_184 b_185 b_187 b_188 b_189 b_190;
    bare: b_191;
}

async fn b_183() -> Value {
    let slept = async {
        sleep(1).await;
        "r"
    };
    let fails = w(&Log::new(), "a", 0).exc(Exc::key_error("k"));
    json!([out(shield(slept)).await, out(shield(fails)).await])
}

async fn b_184() -> Value {
    let log = Log::new();
    let i = create_task(w(&log, "inner", 3).ret("r")).shared();
    let (shielded, in_finally) = (i.clone(), log.clone());
    let t = create_task(async move {
        let _finally = finally(async move { in_finally.push(format!("outer@{}", now())) });
        out(shield(shielded)).await;
    });
    sleep(1).await;
    t.cancel();
    json!([out(t).await, out(i).await, log.value()])
}

/// That it is cancelled is what its `Err` says.
async fn b_185() -> Value {
    let i = create_task(sleep(9));
    let by_somebody_else = i.canceller();
    let s = shield(i);
    ticks(1).await;
    by_somebody_else.cancel();
    let outcome: Result<(), CancelledError> = s.await;
    let cancelled = outcome.is_err();
    json!([out(async { outcome }).await, cancelled])
}

async fn b_187() -> Value {
    let log = Log::new();
    let fails = w(&log, "inner", 2).exc(Exc::value_error("late"));
    let t = create_task(async move { drop(shield(fails).await) });
    sleep(1).await;
    t.cancel();
    let outcome = out(t).await;
    sleep(3).await;
    outcome
}

/// The task has one owner, which is the cleanup; what is shielded is that it ends.
async fn b_188() -> Value {
    let i = create_task(w(&Log::new(), "inner", 5));
    let handle = i.handle();
    let t = create_task(async move {
        let (setter, ended) = create_future();
        i.add_done_callback(move |_| setter.set_result(()).unwrap_or_default());
        let _except = finally(async move { drop(i.cancel_on_drop().await) });
        out(shield(ended)).await;
    });
    for _ in 0..2 {
        sleep(1).await;
        t.cancel();
    }
    json!([out(t).await, handle.cancelled()])
}

async fn b_189() -> Value {
    let log = Log::new();
    let (a, b) = (w(&log, "a", 2).ret(1), w(&log, "b", 3).ret(2));
    let gt = create_task(async { gather!(a, b).await }).shared();
    let s = create_task(shield(gt.clone()));
    ticks(1).await;
    s.cancel();
    json!([out(s).await, out(gt).await])
}

async fn b_190() -> Value {
    let log = Log::new();
    let a = create_task(w(&log, "a", 2)).shared();
    let c = create_task(w(&log, "b", 3)).shared();
    let shields = (shield(a.clone()), shield(c.clone()));
    let gt = create_task(async { gather!(shields.0, shields.1).await });
    ticks(1).await;
    gt.cancel();
    let outcome = out(gt).await;
    let (_a, _c) = gather!(a, c, return_exceptions = true).await;
    let done = log.with("done");
    json!([outcome, done])
}

fn b_191() -> Value {
    let log = Log::new();
    on_virtual_clock(async {
        let awaiter = create_task(shield(w(&log, "inner", 9)));
        let cancels = awaiter.canceller();
        get_running_loop().call_later(1, move || assert!(cancels.cancel()));
        out(awaiter).await;
        log.push("main done");
        Value::Null
    });
    log.value()
}
