use asyncio::{TimeoutError, timeout};

#[timeout(1.5)] //~ ERROR invalid duration `1.5`: missing unit
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
