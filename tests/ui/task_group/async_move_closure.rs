use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(async move |tg| { //~ ERROR the block of `task_group!` is asynchronous by itself
        tg.create_task(work());
    })
    .await;
}

fn main() {
    let _ = f();
}
