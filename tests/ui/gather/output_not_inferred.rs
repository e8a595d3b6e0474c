use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (n,): (u32,) = gather!(async { "1".parse().unwrap() }).await; //~ ERROR type annotations needed
}

fn main() {
    let _ = f();
}
