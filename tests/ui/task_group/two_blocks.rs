use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| { tg.create_task(work()); } { 1 }).await; //~ ERROR `task_group!` takes one block, and nothing after it
}

fn main() {
    let _ = f();
}
