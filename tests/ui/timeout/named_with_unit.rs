use asyncio::{TimeoutError, timeout};

#[timeout(duration = 5s)] //~ ERROR the time limit has no name
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
