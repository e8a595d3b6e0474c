use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_, pending) = wait_first!(create_task(plain(1)), timeout = "2s").await; //~ ERROR a duration is not a string
    pending.await;
}

fn main() {
    let _ = f();
}
