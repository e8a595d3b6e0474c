use asyncio::{TimeoutError, timeout};

#[timeout(2s, or = Ok(1), or = Ok(2))] //~ ERROR `or` is given twice
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
