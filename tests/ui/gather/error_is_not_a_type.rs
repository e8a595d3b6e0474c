use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let _ = gather!(ok(1), error = 3).await; //~ ERROR `error` takes a type, as in `error = MyError`
}

fn main() {
    let _ = f();
}
