use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() -> Result<(), MyError> {
    let _ = gather!(ok(1).await?, plain(2)).await; //~ ERROR this branch is awaited before the others start
    Ok(())
}

fn main() {
    let _ = f();
}
