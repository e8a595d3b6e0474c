use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), plain(2), return_exception = true).await; //~ ERROR `gather!` has no option `return_exception`
}

fn main() {
    let _ = f();
}
