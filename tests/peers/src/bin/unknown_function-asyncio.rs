async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::gather!(plain(1), unknown()).await;
}

fn main() {
    drop(f());
}
