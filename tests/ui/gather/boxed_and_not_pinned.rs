use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(Box::new(plain(1)), plain(2)).await; //~ ERROR expected a future, found one that is not pinned
}

fn main() {
    let _ = f();
}
