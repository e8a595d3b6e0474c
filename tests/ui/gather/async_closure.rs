use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), async || plain(2).await).await; //~ ERROR expected a future, found a function that returns one
}

fn main() {
    let _ = f();
}
