use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (done, pending) = wait_first!(up = create_task(plain(1)), down = create_task(plain(2))).await;
    pending.await;
    drop(done.left); //~ ERROR no field `left` on type `f::{closure#0}::Done<Option<Result<u32,
}

fn main() {
    let _ = f();
}
