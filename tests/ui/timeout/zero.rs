use asyncio::{TimeoutError, timeout};

#[timeout(0s)] //~ ERROR a time limit of zero
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
