use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(plain(1), posts = plain(2)).await; //~ ERROR `gather!` has no option `posts`
}

fn main() {
    let _ = f();
}
