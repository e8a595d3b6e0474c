//! K. `TaskGroup`: when children are refused, groups in groups, and `TaskGroup.cancel`.

use crate::task_groups::{cancelling, fails, group_of};
use asyncio::{ExceptionGroup, TaskGroup, finally, sleep, task_group, timeout};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, out, trap};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};
use std::panic::panic_any;

items! {
    clock: b_212 b_213 b_215 b_217 b_218 b_219 b_220 b_221 b_222 b_223 b_224 b_225 b_226;
}

/// The last words of what CPython says.
fn tail(outcome: &Value) -> Value {
    let text = outcome.as_str().and_then(|text| text.rsplit("> ").next());
    text.into()
}

async fn b_212() -> Value {
    let tg = TaskGroup::<Exc>::new();
    let early = tg.create_task(async { Ok("starts with the group") });
    out(tg.run(async {})).await;
    let finished = out(tg.create_task(async {})).await;
    let log = Log::new();
    let in_late = log.clone();
    let group = task_group!(move |tg| {
        let handle = tg.handle();
        tg.create_task(async move {
            let _finally = finally(async move {
                in_late.push(out(handle.create_task(async {})).await);
            });
            sleep(9).await;
        });
        sleep(1).await;
        Err::<(), _>(Exc::new("ValueError"))
    });
    out(group).await;
    json!([out(early).await, finished, log.last()])
}

async fn b_213() -> Value {
    let tg = TaskGroup::<Exc>::new();
    out(tg.run(async {})).await;
    tail(&trap(|| drop(tg.run(async {}))))
}

async fn b_215() -> Value {
    let log = Log::new();
    let interrupt = || -> Result<(), Exc> { panic_any(Exc::with("KeyboardInterrupt", "'k'")) };
    let group = task_group!(|tg| {
        tg.create_task(w(&log, "a", 9));
        sleep(1).await;
        interrupt()
    });
    let outcome = out(group).await;
    let raised = outcome.as_str().map(|text| text.trim_start_matches('!'));
    json!([raised, log.value()])
}

async fn b_217() -> Value {
    let outer = task_group!(|t1| {
        t1.create_task(async {
            sleep(9).await;
            Ok(())
        });
        group_of([fails(&Log::new(), "a", 1)]).await
    });
    out(outer).await
}

async fn b_218() -> Value {
    let log = Log::new();
    let outer = task_group!(|t1| {
        t1.create_task(fails(&Log::new(), "outer", 1));
        group_of([w(&log, "i", 9)]).await.map_err(Exc::from)
    });
    json!([out(outer).await, log.value()])
}

async fn b_219() -> Value {
    let bad = async |exception| {
        sleep(0).await;
        Err::<(), Exc>(exception)
    };
    let log = Log::new();
    let outer = task_group!(|o| {
        let inner = task_group!(|i| {
            i.create_task(bad(Exc::key_error("i")));
            o.create_task(bad(Exc::value_error("o")));
        });
        if inner.await.is_err() {
            log.push("inner handled");
        }
        log.push(cancelling());
    });
    if outer.await.is_err() {
        log.push("outer handled");
    }
    json!([log.value(), cancelling()])
}

async fn b_220() -> Value {
    let log = Log::new();
    let workers = ["0", "1", "2", "3", "4", "5"].map(|name| w(&log, name, 9));
    let [a, b, c, d, e, f] = workers;
    let x = w(&Log::new(), "x", 1).exc(Exc::new("ValueError"));
    out(group_of([a, b, c, d, e, f, x])).await;
    let mut cancelled = log.with("cancelled");
    cancelled.sort();
    cancelled.into()
}

async fn b_221() -> Value {
    let log = Log::new();
    let q = task_group!(|tg| {
        tg.create_task(async { Err::<(), _>(Exc::new("ValueError")) });
        sleep(0).await;
        tg.create_task(w(&log, "late2", 0));
    });
    json!([out(q).await, log.value()])
}

async fn b_222() -> Value {
    out(group_of([fails(&Log::new(), "a", -1)])).await
}

/// A group that was cancelled gives no value: it says so, and that is no failure.
fn exited(ended: Result<Value, ExceptionGroup<Exc>>, value: &str) -> Value {
    match ended {
        Err(group) if group.is_cancelled() => json!([value, now()]),
        other => json!(other.map_err(|error| Exc::from(error).to_string())),
    }
}

async fn b_223() -> Value {
    let log = Log::new();
    let p = task_group!(|tg| {
        tg.create_task(w(&log, "a", 9).cleanup(1));
        sleep(1).await;
        tg.cancel();
        sleep(5).await;
        log.push("body ran on");
        Value::Null
    });
    json!([exited(p.await, "exited"), log.value()])
}

async fn b_224() -> Value {
    let (tg, log) = (TaskGroup::<Exc>::new(), Log::new());
    tg.cancel();
    let body = async {
        log.push("body");
        sleep(1).await;
        log.push("never");
        Value::Null
    };
    let ended = tg.run(body).await;
    tg.cancel();
    tg.cancel();
    json!([exited(ended, "ok"), log.value()])
}

async fn b_225() -> Value {
    let log = Log::new();
    let p = task_group!(|tg| {
        tg.create_task(w(&Log::new(), "a", 1));
        tg.cancel();
        log.push(out(tg.create_task(async {})).await);
    });
    out(p).await;
    log.value()
}

async fn b_226() -> Value {
    let p = task_group!(|tg| {
        tg.create_task(w(&Log::new(), "a", 9).cleanup(5));
        sleep(1).await;
        tg.cancel();
        Ok::<(), Exc>(())
    });
    let block = async {
        let _ended = p.await;
        "no error"
    };
    out(timeout(2, block)).await
}
