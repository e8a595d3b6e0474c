use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let (_a, _b) = gather!(plain(1), ok(2)).await; //~ ERROR mismatched types
}

fn main() {
    let _ = f();
}
