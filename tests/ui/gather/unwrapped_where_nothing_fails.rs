use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (a, b) = gather!(plain(1), plain(2)).await.unwrap(); //~ ERROR no method named `unwrap` found for tuple `(u32, u32)` in the current
    drop((a, b));
}

fn main() {
    let _ = f();
}
