use asyncio::{TimeoutError, timeout};

async fn plain(n: u32) -> u32 {
    n
}

#[timeout(2s)]
async fn f() -> Result<u32, TimeoutError> {
    let n = plain(1);
    Ok(n) //~ ERROR mismatched types
}

fn main() {
    let _ = f();
}
