//! C. `Task.cancel`.

use asyncio::{create_task, sleep};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, out, ticks};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};

items! {
    clock: b_059 b_060;
}

async fn b_059() -> Value {
    let log = Log::new();
    let mut task = create_task(w(&log, "a", 10));
    ticks(1).await;
    let accepted = task.cancel();
    let at_once = [task.done(), task.cancelled()];
    let outcome = out(&mut task).await;
    json!([accepted, at_once, outcome, log.value(), task.cancelled()])
}

async fn b_060() -> Value {
    let log = Log::new();
    let task = create_task(w(&log, "a", 10).cleanup(3));
    sleep(1).await;
    task.cancel();
    let outcome = out(task).await;
    json!([log.value(), outcome, now()])
}
