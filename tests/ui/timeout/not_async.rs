use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
fn f() -> Result<u32, TimeoutError> { //~ ERROR needs an `async fn`
    Ok(1)
}

fn main() {}
