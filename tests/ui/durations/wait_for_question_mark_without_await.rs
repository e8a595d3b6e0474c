use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() -> Result<(), asyncio::TimeoutError> {
    let n = wait_for!(plain(1), 2s)?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
