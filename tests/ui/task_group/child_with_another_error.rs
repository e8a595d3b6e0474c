use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

#[derive(Debug)]
struct Other;

async fn other() -> Result<u32, Other> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| {
        tg.create_task(work());
        tg.create_task(other()); //~ ERROR a child of this task group gives `Result<u32, Other>`
    })
    .await;
}

fn main() {
    let _ = f();
}
