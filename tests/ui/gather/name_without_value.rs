use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(user = , posts = plain(1)).await; //~ ERROR expected a value for `user`
}

fn main() {
    let _ = f();
}
