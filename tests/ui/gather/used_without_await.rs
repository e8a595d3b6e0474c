use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (a, b) = gather!(plain(1), plain(2)); //~ ERROR mismatched types
    let _ = a + b;
}

fn main() {
    let _ = f();
}
