use asyncio::{TimeoutError, timeout};

#[timeout(2 * 30s)] //~ ERROR `30s` has to stand alone
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
