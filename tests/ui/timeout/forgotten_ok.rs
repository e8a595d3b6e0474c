use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<(), TimeoutError> { //~ ERROR mismatched types
    drop(n);
}

fn main() {}
