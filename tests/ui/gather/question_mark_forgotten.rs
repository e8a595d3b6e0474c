use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let (a, b) = gather!(ok(1), ok(2)).await; //~ ERROR mismatched types
    drop((a, b));
}

fn main() {
    let _ = f();
}
