use asyncio::{TimeoutError, timeout};

#[timeout(2s or = Ok(1))] //~ ERROR expected `,`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
