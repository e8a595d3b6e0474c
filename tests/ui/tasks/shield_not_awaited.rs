#![deny(unused_must_use)]

use asyncio::{create_task, shield};

async fn work() {}

async fn f() {
    let task = create_task(work());
    shield(task); //~ ERROR unused `Shield` that must be used
}

fn main() {
    let _ = f();
}
