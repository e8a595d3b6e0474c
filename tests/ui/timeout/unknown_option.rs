use asyncio::{TimeoutError, timeout};

#[timeout(2s, retries = 3)] //~ ERROR has no option `retries`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
