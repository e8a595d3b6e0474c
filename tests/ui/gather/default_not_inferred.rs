use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_n, _m): (u32, u32) = gather!(async { Default::default() }, plain(1)).await; //~ ERROR type annotations needed
}

fn main() {
    let _ = f();
}
