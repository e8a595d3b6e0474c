use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(all = ..[plain(1)], limt = 3).await; //~ ERROR `gather!` has no option `limt`
}

fn main() {
    let _ = f();
}
