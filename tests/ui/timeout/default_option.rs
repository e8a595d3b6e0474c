use asyncio::{TimeoutError, timeout};

#[timeout(2s, default = Ok(0))] //~ ERROR has no option `default`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
