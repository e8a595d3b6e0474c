use asyncio::{TimeoutError, timeout};

#[timeout(2s, crate = mylib::asyncio)] //~ ERROR the path of the crate is absolute
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
