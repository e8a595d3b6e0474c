use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() -> Result<(), MyError> {
    let _ = gather!(ok(1), ok(2))?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    Ok(())
}

fn main() {
    let _ = f();
}
