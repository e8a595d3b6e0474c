use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() -> Result<(), asyncio::CancelledError> {
    let (done, pending) = wait_first!(create_task(plain(1))).await?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    drop((done, pending));
    Ok(())
}

fn main() {
    let _ = f();
}
