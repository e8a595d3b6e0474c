use asyncio::{TimeoutError, timeout};

#[timeout(2s, or = "late")] //~ ERROR mismatched types
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
