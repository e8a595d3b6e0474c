//! X. `timeout`, as far as it concerns nobody but the body.

use asyncio::{TimeoutHandle, create_future, current_task, finally};
use asyncio::{sleep, timeout, timeout_at};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, at, now, on_drop, out, seconds, ticks};
use asyncio_conformance::worker::{Worker, w};
use serde_json::{Value, json};
use std::error::Error;
use std::panic::panic_any;

items! {
    clock: b_158 b_159 b_160 b_161 b_162 b_163 b_164 b_165 b_166 b_167 b_168 b_169 b_170;
}

fn body(log: &Log, delay: impl Into<f64>) -> Worker {
    w(log, "body", delay).ret("v")
}

async fn b_158() -> Value {
    let cm = TimeoutHandle::new();
    out(timeout(5, sleep(1)).with_handle(&cm)).await;
    json!([cm.expired(), cm.when().map(seconds), now()])
}

async fn b_159() -> Value {
    let (log, cm) = (Log::new(), TimeoutHandle::new());
    let limited = timeout(2, body(&log, 9)).with_handle(&cm);
    let error = limited.await.expect_err("it takes longer");
    let cause = error.source().map(ToString::to_string);
    json!([log.value(), cause, cm.expired(), now()])
}

async fn b_160() -> Value {
    let (log, cm) = (Log::new(), TimeoutHandle::new());
    let block = async {
        let cancelled = on_drop(|| log.push("cancelled inside"));
        sleep(9).await;
        cancelled.disarm();
    };
    out(timeout(1, block).with_handle(&cm)).await;
    json!([log.value(), cm.expired()])
}

/// The body has no say in it: it is dropped.
async fn b_161() -> Value {
    let cm = TimeoutHandle::new();
    let block = async {
        sleep(9).await;
        sleep(3).await;
    };
    out(timeout(1, block).with_handle(&cm)).await;
    let cancelling = current_task().map_or(0, |task| task.cancelling());
    json!([cm.expired(), now(), cancelling])
}

async fn b_162() -> Value {
    let log = Log::new();
    let outcome = out(timeout(1, body(&log, 9).cleanup(50))).await;
    json!([outcome, log.value(), now()])
}

async fn b_163() -> Value {
    let cm = TimeoutHandle::new();
    let block = async {
        cm.reschedule_at(None).expect("it runs");
        assert_eq!(cm.when(), None);
        cm.reschedule(2).expect("it runs");
        sleep(9).await;
    };
    json!([
        out(timeout(f64::INFINITY, block).with_handle(&cm)).await,
        now()
    ])
}

async fn b_164() -> Value {
    let block = async |limit: i32| {
        let body = async {
            sleep(0).await;
            "not interrupted"
        };
        out(timeout(limit, body)).await
    };
    json!([block(0).await, block(-11).await])
}

async fn b_165() -> Value {
    let (setter, f) = create_future();
    setter.set_result(1).expect("it is pending");
    let cm = TimeoutHandle::new();
    out(timeout(0, f).with_handle(&cm)).await;
    ticks(2).await;
    cm.expired().into()
}

async fn b_166() -> Value {
    let (log, c1, c2) = (Log::new(), TimeoutHandle::new(), TimeoutHandle::new());
    let inner = async {
        let cancelled = on_drop(|| {
            log.push("CancelledError");
            log.push(json!([c1.expired(), c2.expired()]));
        });
        let outcome = timeout_at(at(2.0), sleep(9)).with_handle(&c2).await;
        cancelled.disarm();
        log.push(out(async { outcome }).await);
    };
    let outcome = out(timeout_at(at(2.0), inner).with_handle(&c1)).await;
    json!([outcome, log.value()])
}

async fn b_167() -> Value {
    let log = Log::new();
    let block = async {
        if timeout(1, sleep(9)).await.is_err() {
            log.push(now());
        }
        sleep(9).await;
    };
    json!([out(timeout(5, block)).await, log.value(), now()])
}

async fn b_168() -> Value {
    let (log, c2) = (Log::new(), TimeoutHandle::new());
    let block = async {
        let cancelled = on_drop(|| {
            log.push("CancelledError");
            log.push(c2.expired());
        });
        let outcome = timeout(5, sleep(9)).with_handle(&c2).await;
        cancelled.disarm();
        log.push(out(async { outcome }).await);
    };
    json!([out(timeout(1, block)).await, log.value()])
}

async fn b_169() -> Value {
    out(timeout(1, async { Err::<(), _>(Exc::key_error("k")) })).await
}

async fn b_170() -> Value {
    let block = async {
        let zero = Exc::with("ZeroDivisionError", "'division by zero'");
        let _finally = finally(async { panic_any(zero) });
        sleep(9).await;
    };
    let outcome = out(timeout(1, block)).await;
    let raised = outcome.as_str().map(|text| text.trim_start_matches('!'));
    json!([raised, Value::Null])
}
