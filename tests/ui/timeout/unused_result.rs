#![deny(unused_must_use)]

use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

async fn g() {
    f().await; //~ ERROR unused `Result` that must be used
}

fn main() {}
