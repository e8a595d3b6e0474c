use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), plain(2), return_exceptions = True).await; //~ ERROR `return_exceptions` must be `true` or `false`
}

fn main() {
    let _ = f();
}
