use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(text: &str) -> Result<u32, TimeoutError> {
    let n: u32 = text.parse()?; //~ ERROR type mismatch resolving
    Ok(n)
}

fn main() {}
