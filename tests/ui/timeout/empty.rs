use asyncio::{TimeoutError, timeout};

#[timeout()] //~ ERROR needs a time limit
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
