use asyncio::{TimeoutError, timeout};

#[timeout(2s, error = MyError)] //~ ERROR has no option `error`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
