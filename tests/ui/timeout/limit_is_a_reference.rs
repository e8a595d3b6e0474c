use asyncio::{TimeoutError, timeout};

use std::time::Duration;

#[timeout(limit)] //~ ERROR found a reference to one
async fn f(limit: &Duration) -> Result<u32, TimeoutError> {
    Ok(limit.as_secs() as u32)
}

fn main() {}
