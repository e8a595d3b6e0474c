use asyncio::{create_task, gather};

struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let task = create_task(async { 1 });
    let _ = gather!(task, ok(2)).await; //~ ERROR a branch before this one is a task
}

fn main() {
    let _ = f();
}
