use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..plain(1)).await; //~ ERROR this is a single future
}

fn main() {
    let _ = f();
}
