use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..0..3).await; //~ ERROR `..` spreads an iterator of futures, but the items of this one are
}

fn main() {
    let _ = f();
}
