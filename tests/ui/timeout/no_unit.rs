use asyncio::{TimeoutError, timeout};

#[timeout(2)] //~ ERROR invalid duration `2`: missing unit
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
