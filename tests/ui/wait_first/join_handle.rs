use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = tokio::spawn(plain(1));
    let (done, pending) = wait_first!(task).await; //~ ERROR `wait_first!` waits for tasks, and this is a plain future
    drop((done, pending));
}

fn main() {
    let _ = f();
}
