use asyncio::{TimeoutError, timeout};

#[timeout(2s)]
async fn f() -> Result<u32, TimeoutError> {
    Ok(1)
}

async fn g() -> Result<u32, TimeoutError> {
    let n = f()?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    Ok(n)
}

fn main() {
    let _ = g();
}
