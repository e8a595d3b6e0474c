use asyncio::{TimeoutError, timeout};

#[timeout(None)] //~ ERROR a duration cannot be `None`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
