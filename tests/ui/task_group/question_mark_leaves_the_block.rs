use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() -> Result<(), MyError> {
    task_group!(|tg| {
        tg.create_task(work());
    })
    .await?; //~ ERROR `?` couldn't convert the error to `MyError`
    Ok(())
}

fn main() {
    let _ = f();
}
