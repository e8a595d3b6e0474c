use asyncio::create_task;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = create_task(plain(1).await); //~ ERROR `u32` is not a future
    let _ = task.await;
}

fn main() {
    let _ = f();
}
