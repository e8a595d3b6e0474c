async fn other() -> u32 {
    1
}

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    asyncio::gather!(plain(1), other).await;
}

fn main() {
    drop(f());
}
