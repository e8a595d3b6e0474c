use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(user: plain(1)).await; //~ ERROR a branch is named with `=`
}

fn main() {
    let _ = f();
}
