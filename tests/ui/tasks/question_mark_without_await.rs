use asyncio::create_task;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() -> Result<(), asyncio::CancelledError> {
    let n = create_task(plain(1))?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
