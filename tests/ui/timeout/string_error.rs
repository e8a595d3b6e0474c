use asyncio::timeout;

#[timeout(2s)]
async fn f() -> Result<u32, String> { //~ ERROR `String` cannot be made from a `TimeoutError`
    Ok(1)
}

fn main() {}
