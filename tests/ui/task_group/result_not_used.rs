#![deny(unused_must_use)]

use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    task_group!(|tg| { //~ ERROR unused `Result` that must be used
        tg.create_task(work());
    })
    .await;
}

fn main() {
    let _ = f();
}
