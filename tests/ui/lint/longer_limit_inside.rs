// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::{TimeoutError, gather, timeout, wait_for};
use std::time::Duration;

async fn plain(n: u32) -> u32 {
    n
}

#[timeout(2s)]
async fn f() -> Result<u32, TimeoutError> {
    let n = wait_for!(plain(1), 5s).await?; //~ ERROR use of deprecated constant
    let m = asyncio::timeout(2.5, plain(n)).await?; //~ ERROR use of deprecated constant
    let later = asyncio::wait_for(plain(m), Duration::from_secs(3)); //~ ERROR use of deprecated constant
    let (a, b) = gather!(later, wait_for!(plain(2), timeout = 1m)).await?; //~ ERROR use of deprecated constant
    Ok(a + b)
}

async fn g() {
    let _ = wait_for!(wait_for!(plain(1), 3s), 2500ms).await; //~ ERROR use of deprecated constant
}

fn main() {
    let _ = (f(), g());
}
