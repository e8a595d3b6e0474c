use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(user = plain(1), user = plain(2)).await; //~ ERROR branch `user` is named twice
}

fn main() {
    let _ = f();
}
