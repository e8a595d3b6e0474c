use asyncio::{TimeoutError, timeout};

#[timeout(limit)] //~ ERROR expected a duration, found `&str`
async fn f(limit: &str) -> Result<u32, TimeoutError> {
    Ok(limit.len() as u32)
}

fn main() {}
