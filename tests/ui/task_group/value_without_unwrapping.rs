use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let n: u32 = task_group!(|tg| { //~ ERROR mismatched types
        tg.create_task(work());
        1
    })
    .await;
    drop(n);
}

fn main() {
    let _ = f();
}
