use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(biased; plain(1), plain(2)).await; //~ ERROR remove `biased;`
}

fn main() {
    let _ = f();
}
