use asyncio::create_task;

async fn plain(n: u32) -> u32 {
    n
}

struct MyError;

async fn f() -> Result<(), MyError> {
    let n = create_task(plain(1)).await?; //~ ERROR `?` couldn't convert the error to `MyError`
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
