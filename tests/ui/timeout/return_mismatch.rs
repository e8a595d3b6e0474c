use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<String, TimeoutError> {
    if n == 0 {
        return 7; //~ ERROR mismatched types
    }
    Ok(n.to_string())
}

fn main() {}
