use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_, pending) = wait_first!(create_task(plain(1)), timeout = 1s, timeout = 2s).await; //~ ERROR `timeout` is given twice
    pending.await;
}

fn main() {
    let _ = f();
}
