use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg, limit| { //~ ERROR the block is given the group and nothing else
        tg.create_task(work());
    })
    .await;
}

fn main() {
    let _ = f();
}
