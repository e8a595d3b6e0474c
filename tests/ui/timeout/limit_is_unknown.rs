use asyncio::{TimeoutError, timeout};

#[timeout(limit)] //~ ERROR cannot find value `limit`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
