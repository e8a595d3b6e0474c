use asyncio::{TimeoutError, timeout};

#[timeout(2s, crate = "mylib::asyncio")] //~ ERROR a path is not a string
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
