use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (a, b, c) = gather!(plain(1), plain(2)).await; //~ ERROR mismatched types
    drop((a, b, c));
}

fn main() {
    let _ = f();
}
