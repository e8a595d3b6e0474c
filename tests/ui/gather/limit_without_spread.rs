use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), plain(2), limit = 2).await; //~ ERROR `limit` bounds how many items of a `..iterator` run at once
}

fn main() {
    let _ = f();
}
