use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() -> Result<(), MyError> {
    let (a, b) = gather!(ok(1), ok(2))?.await; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    drop((a, b));
    Ok(())
}

fn main() {
    let _ = f();
}
