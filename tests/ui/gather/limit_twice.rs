use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..[plain(1)], limit = 3, limit = 4).await; //~ ERROR `limit` is given twice
}

fn main() {
    let _ = f();
}
