use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_, pending) = wait_first!(create_task(plain(1)), timeout = None).await; //~ ERROR a duration cannot be `None`
    pending.await;
}

fn main() {
    let _ = f();
}
