use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| { tg.create_task(work()); }, limit = 3).await; //~ ERROR `task_group!` has no option `limit`
}

fn main() {
    let _ = f();
}
