use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(x = plain(1) => x).await; //~ ERROR `gather!` has no handlers
}

fn main() {
    let _ = f();
}
