async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::gather!(plain(1), 3).await;
}

fn main() {
    drop(f());
}
