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
    let _ = gather!(ok(1), other(), error = MyError).await; //~ ERROR the error of this branch does not convert into `MyError`
}

fn main() {
    let _ = f();
}
