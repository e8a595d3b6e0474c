//! S. Scheduling: `create_task`, `sleep(0)`, `call_soon`, `call_later`, futures and callbacks.

use asyncio::{create_task, gather, get_running_loop, sleep};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, out, ticks};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};

items! {
    clock: b_001 b_002 b_003 b_004 b_005 b_006 b_007 b_008 b_021;
}

async fn b_001() -> Value {
    let log = Log::new();
    let body = log.clone();
    let _task = create_task(async move { body.push("body") });
    log.push("after create");
    sleep(0).await;
    log.push("after sleep0");
    log.value()
}

async fn b_002() -> Value {
    let log = Log::new();
    let _tasks = ["A", "B", "C"].map(|name| create_task(w(&log, name, 0)));
    ticks(1).await;
    log.value()
}

async fn b_003() -> Value {
    let log = Log::new();
    let turns = async |name: &str| {
        for i in 0..3 {
            log.push(format!("{name}{i}"));
            sleep(0).await;
        }
    };
    gather!(turns("A"), turns("B"), turns("C")).await;
    log.value()
}

async fn b_004() -> Value {
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("cb"));
    sleep(0).await;
    json!([log.value(), 10])
}

async fn b_005() -> Value {
    let log = Log::new();
    let (first, second) = (log.clone(), log.clone());
    get_running_loop().call_soon(move || {
        first.push("1");
        get_running_loop().call_soon(move || first.push("1.1"));
    });
    get_running_loop().call_soon(move || second.push("2"));
    ticks(3).await;
    log.value()
}

async fn b_006() -> Value {
    sleep(-5).await;
    json!(["x", now()])
}

async fn b_007() -> Value {
    out(async { sleep(f64::NAN).await }).await
}

async fn b_008() -> Value {
    sleep(3600).await;
    now().into()
}

async fn b_021() -> Value {
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("other"));
    let value = async { 1 }.await;
    json!([value, log.value()])
}
