use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

struct MyError;

async fn f() -> Result<(), MyError> {
    let n = wait_for!(plain(1), 2s).await?; //~ ERROR `?` couldn't convert the error to `MyError`
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
