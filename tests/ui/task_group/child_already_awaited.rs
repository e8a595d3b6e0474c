use asyncio::task_group;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = task_group!(|tg| {
        tg.create_task(plain(1).await); //~ ERROR `u32` is not a future
    })
    .await;
}

fn main() {
    let _ = f();
}
