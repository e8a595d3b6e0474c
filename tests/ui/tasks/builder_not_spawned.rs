#![deny(unused_must_use)]

use asyncio::Task;

async fn f() {
    Task::builder().name("worker"); //~ ERROR unused `TaskBuilder` that must be used
}

fn main() {
    let _ = f();
}
