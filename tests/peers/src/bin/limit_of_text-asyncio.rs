async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = asyncio::wait_for!(plain(1), "2s").await;
    drop(n);
}

fn main() {
    drop(f());
}
