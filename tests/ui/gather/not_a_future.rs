use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), 3 + 4).await; //~ ERROR expected a future, found `{integer}`
}

fn main() {
    let _ = f();
}
