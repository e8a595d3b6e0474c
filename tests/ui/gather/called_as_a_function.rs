use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (a, b) = gather(plain(1), plain(2)).await; //~ ERROR expected function, found macro `gather`
    drop((a, b));
    gather!().await;
}

fn main() {
    let _ = f();
}
