use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (done, pending) = wait_first!(create_task(plain(1)), create_task(plain(2))).await;
    pending.await;
    drop(done.2); //~ ERROR no field `2` on type `(Option<Result<u32, CancelledError>>,
}

fn main() {
    let _ = f();
}
