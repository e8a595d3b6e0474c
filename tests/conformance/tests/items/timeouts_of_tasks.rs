//! X. `timeout` and the task that it is in.

use asyncio::{TimeoutHandle, create_task, current_task, finally, sleep, task_group};
use asyncio::{timeout, timeout_at};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, at, now, out, trap};
use asyncio_conformance::worker::w;
use futures::FutureExt;
use serde_json::{Value, json};
use std::panic::panic_any;
use std::time::Duration;

items! {
    clock: b_171 b_172 b_173 b_174 b_175 b_177 b_178 b_180 b_181 b_182;
}

async fn b_171() -> Value {
    let mut t = create_task(timeout(5, sleep(9)));
    sleep(1).await;
    t.cancel();
    json!([out(&mut t).await, t.cancelled()])
}

async fn b_172() -> Value {
    let log = Log::new();
    let mut t = create_task(timeout(2, w(&log, "body", 9).cleanup(5)));
    sleep(1).await;
    t.cancel();
    sleep(2).await;
    json!([out(&mut t).await, log.value(), t.cancelling()])
}

async fn b_173() -> Value {
    let block = async {
        current_task().expect("a task of ours").cancel();
        let _too_late = timeout(0, sleep(1)).await;
        sleep(2).await;
        "not cancelled"
    };
    out(create_task(block)).await
}

async fn b_174() -> Value {
    let mut took = Vec::new();
    for new in [7.0, 1.0, -5.0] {
        let (t0, cm) = (now(), TimeoutHandle::new());
        let block = async {
            cm.reschedule(new).expect("it runs");
            sleep(20).await;
        };
        if timeout(3, block).with_handle(&cm).await.is_err() {
            took.push(now() - t0);
        }
    }
    took.into()
}

async fn b_175() -> Value {
    let (cm, c2) = (TimeoutHandle::new(), TimeoutHandle::new());
    let before = trap(|| cm.reschedule(2));
    out(timeout(1, async {}).with_handle(&cm)).await;
    let after = trap(|| cm.reschedule(2));
    out(timeout(1, sleep(9)).with_handle(&c2)).await;
    json!([before, after, trap(|| c2.reschedule(2))])
}

async fn b_177() -> Value {
    sleep(5).await;
    json!([out(timeout_at(at(2.0), sleep(1))).await, now()])
}

/// With a handle the limit counts from where the block is entered, as in asyncio; without one, from where
/// it first suspends.
async fn b_178() -> Value {
    let block = async {
        // What moves the clock is done at the first poll.
        let _moved = tokio::time::advance(Duration::from_secs(10)).now_or_never();
        sleep(0.1).await;
    };
    let cm = TimeoutHandle::new();
    json!([out(timeout(1, block).with_handle(&cm)).await, now()])
}

async fn b_180() -> Value {
    out(timeout(1, sleep(9))).await;
    sleep(1).await;
    let cancelling = current_task().map_or(0, |task| task.cancelling());
    json!([cancelling, now()])
}

async fn b_181() -> Value {
    let child = async {
        let zero = Exc::with("ZeroDivisionError", "'division by zero'");
        let _finally = finally(async { panic_any(zero) });
        sleep(9).await;
        Ok::<(), Exc>(())
    };
    let block = task_group!(|tg| { drop(tg.create_task(child)) });
    out(timeout(1, block)).await
}

async fn b_182() -> Value {
    let log = Log::new();
    let in_finally = log.clone();
    let t = create_task(async move {
        let _finally = finally(async move {
            if timeout(2, sleep(9)).await.is_err() {
                in_finally.push(format!("cleanup timed out@{}", now()));
            }
        });
        sleep(9).await;
    });
    sleep(1).await;
    t.cancel();
    json!([out(t).await, log.value()])
}
