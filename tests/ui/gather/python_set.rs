use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!({ plain(1), plain(2) }).await; //~ ERROR a set is not a future
}

fn main() {
    let _ = f();
}
