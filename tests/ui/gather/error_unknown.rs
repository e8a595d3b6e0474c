use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let _ = gather!(ok(1), error = AppError).await; //~ ERROR cannot find type `AppError` in this scope
}

fn main() {
    let _ = f();
}
