use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let _ = gather!(ok(1), return_exceptions = true, error = MyError).await; //~ ERROR there is none to convert
}

fn main() {
    let _ = f();
}
