use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let all = vec![plain(1), plain(2)];
    let _ = gather!(..&all).await; //~ ERROR `..` spreads an iterator of futures, but the items of this one are
}

fn main() {
    let _ = f();
}
