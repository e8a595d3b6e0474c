use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
#[timeout(3s)] //~ ERROR `#[timeout]` is given twice
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
