use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(timeout = 2s, |tg| { tg.create_task(work()); }).await; //~ ERROR `task_group!` has no option `timeout`
}

fn main() {
    let _ = f();
}
