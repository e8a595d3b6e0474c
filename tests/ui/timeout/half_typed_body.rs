use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(text: &str) -> Result<u32, TimeoutError> {
    text.
    Ok(1) //~ ERROR no method named `Ok`
}

fn main() {}
