use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let futures = vec![plain(1), plain(2)];
    let _ = wait_first!(..futures).await; //~ ERROR `wait_first!` waits for tasks, and these are plain futures
}

fn main() {
    let _ = f();
}
