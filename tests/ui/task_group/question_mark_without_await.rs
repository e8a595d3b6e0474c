use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() -> Result<(), asyncio::ExceptionGroup<MyError>> {
    let n = task_group!(|tg| { //~ ERROR the `?` operator can only be applied to values that implement `Try`
        tg.create_task(work());
    })?;
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
