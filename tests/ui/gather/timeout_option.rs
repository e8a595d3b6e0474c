use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), plain(2), timeout = 2).await; //~ ERROR `gather!` has no option `timeout`
}

fn main() {
    let _ = f();
}
