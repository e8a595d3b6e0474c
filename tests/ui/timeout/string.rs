use asyncio::{TimeoutError, timeout};

#[timeout("2 s")] //~ ERROR a duration is not a string
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
