use asyncio::{TimeoutError, timeout};

#[timeout(2s, or)] //~ ERROR `or` needs a value
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
