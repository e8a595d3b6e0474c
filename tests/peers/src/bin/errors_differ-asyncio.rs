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
    let both = asyncio::gather!(ok(1), other()).await;
    drop(both);
}

fn main() {
    drop(f());
}
