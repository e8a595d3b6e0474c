use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![create_task(plain(1))];
    let _ = wait_first!(tasks).await; //~ ERROR expected a future, found a collection of futures
}

fn main() {
    let _ = f();
}
