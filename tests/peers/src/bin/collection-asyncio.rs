async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![asyncio::create_task(plain(1))];
    asyncio::gather!(tasks).await;
}

fn main() {
    drop(f());
}
