use asyncio::timeout;

#[timeout(2s)]
async fn f() -> Result<u32, Missing> { //~ ERROR cannot find type `Missing`
    Ok(1)
}

fn main() {}
