// Two mistakes.

use asyncio::{TimeoutError, timeout};

#[timeout(2s, backoff = 1s, jitter = true)] //~ ERROR has no option `backoff` //~ ERROR has no option `jitter`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
