use asyncio::{TimeoutError, timeout};

#[timeout(2s, crate = ::mylib::asyncio)] //~ ERROR unresolved import `mylib`
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

fn main() {}
