use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<String, TimeoutError> {
    n.to_string() //~ ERROR mismatched types
}

fn main() {}
