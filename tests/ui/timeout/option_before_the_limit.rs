use asyncio::{TimeoutError, timeout};

#[timeout(or = None, 2s)] //~ ERROR the time limit comes first
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
