use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..3).await; //~ ERROR `{integer}` is not an iterator
}

fn main() {
    let _ = f();
}
