use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

#[derive(Debug)]
struct Other;

async fn other() -> Result<String, Other> {
    Err(Other)
}

async fn f() {
    let _ = gather!(ok(1), ..[other()]).await; //~ ERROR fail with different errors: `MyError` and `Other`
}

fn main() {
    let _ = f();
}
