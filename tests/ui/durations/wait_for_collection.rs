use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![plain(1), plain(2)];
    wait_for!(tasks, 2s).await; //~ ERROR found a collection of futures
}

fn main() {
    let _ = f();
}
