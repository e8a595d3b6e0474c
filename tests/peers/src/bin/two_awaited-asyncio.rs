async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::gather!(plain(1).await, plain(2).await).await;
}

fn main() {
    drop(f());
}
