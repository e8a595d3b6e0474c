use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| {
        tg.create_task(work());
        if tg.canceller().cancel() {
            return 1;
        }
        "done" //~ ERROR mismatched types
    })
    .await;
}

fn main() {
    let _ = f();
}
