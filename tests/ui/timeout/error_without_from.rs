use asyncio::timeout;

pub struct MyError;

#[timeout(2s)]
async fn f() -> Result<u32, MyError> { //~ ERROR `MyError` cannot be made from a `TimeoutError`
    Ok(1)
}

fn main() {}
