use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(async { Ok(1) }, plain(1)).await; //~ ERROR type annotations needed
}

fn main() {
    let _ = f();
}
