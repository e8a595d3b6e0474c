use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f(n: u32) -> Result<u32, TimeoutError> { //~ ERROR recursion in an async fn requires boxing
    f(n - 1).await
}

fn main() {}
