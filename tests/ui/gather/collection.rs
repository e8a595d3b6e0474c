use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![plain(1)];
    let _ = gather!(tasks).await; //~ ERROR expected a future, found a collection of futures
}

fn main() {
    let _ = f();
}
