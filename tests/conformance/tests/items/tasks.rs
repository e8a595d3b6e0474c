//! T. Task objects.

use asyncio::{Task, create_task};
use asyncio_conformance::items;
use asyncio_conformance::probe::ticks;
use serde_json::{Value, json};

items! {
    clock: b_032;
}

async fn b_032() -> Value {
    let named_by_itself = create_task(async {});
    let named = Task::builder().name(12.to_string()).spawn(async {});
    let name = named_by_itself.name();
    let number = name.strip_prefix("Task-").map(str::parse::<u64>);
    ticks(2).await;
    json!([matches!(number, Some(Ok(_))), &*named.name()])
}
