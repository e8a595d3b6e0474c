use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() -> Result<(), MyError> {
    let (a, b) = gather!(unknown(1), ok(2)).await?; //~ ERROR cannot find function `unknown` in this scope
    drop((a, b));
    Ok(())
}

fn main() {
    let _ = f();
}
