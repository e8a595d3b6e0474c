use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<u32, TimeoutError> {
    Ok(n)
}

async fn g() {
    let _ = f("1").await; //~ ERROR mismatched types
}

fn main() {}
