use asyncio::{TimeoutError, timeout};

#[timeout(-1s)] //~ ERROR a duration cannot be negative
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
