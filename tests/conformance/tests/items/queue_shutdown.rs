//! Q. Queues, the last of `shutdown`.

use asyncio::{Queue, create_task};
use asyncio_conformance::items;
use asyncio_conformance::probe::{ticks, trap};
use serde_json::{Value, json};
use std::sync::Arc;

items! {
    clock: b_261 b_262;
}

async fn b_261() -> Value {
    let q = Arc::new(Queue::new(0));
    q.put_nowait(1).expect("there is room");
    q.put_nowait(2).expect("there is room");
    let joined = Arc::clone(&q);
    let j = create_task(async move { joined.join().await });
    q.get().await.expect("it is open");
    q.shutdown_immediate();
    ticks(2).await;
    let before = j.done();
    q.task_done().expect("one was handed out");
    ticks(2).await;
    json!([before, j.done()])
}

async fn b_262() -> Value {
    let q = Queue::new(0);
    q.put_nowait(1).expect("there is room");
    q.shutdown();
    q.shutdown_immediate();
    json!([q.qsize(), trap(|| q.get_nowait())])
}
