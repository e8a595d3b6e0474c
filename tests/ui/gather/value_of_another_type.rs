use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let both: (u32, String) = gather!(plain(1), plain(2)).await; //~ ERROR mismatched types
    drop(both);
}

fn main() {
    let _ = f();
}
