use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_a, _b) = gather!(plain(1), plain(2), plain(3)).await; //~ ERROR mismatched types
}

fn main() {
    let _ = f();
}
