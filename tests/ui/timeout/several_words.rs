use asyncio::{TimeoutError, timeout};

#[timeout(1m 30s)] //~ ERROR a duration is one word
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
