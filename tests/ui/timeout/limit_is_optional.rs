use asyncio::{TimeoutError, timeout};

use std::time::Duration;

#[timeout(limit)] //~ ERROR found an `Option` of one
async fn f(limit: Option<Duration>) -> Result<u32, TimeoutError> {
    Ok(limit.is_some().into())
}

fn main() {}
