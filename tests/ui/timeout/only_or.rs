use asyncio::{TimeoutError, timeout};

#[timeout(or = None)] //~ ERROR the time limit comes first
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
