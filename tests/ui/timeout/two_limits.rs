use asyncio::{TimeoutError, timeout};

#[timeout(2s, 3s)] //~ ERROR `#[timeout]` takes one time limit
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {
    let _ = f();
}
