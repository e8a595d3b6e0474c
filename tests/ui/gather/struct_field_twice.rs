use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

struct Page {
    user: u32,
}

async fn f() {
    let _ = gather!(Page { user: plain(1), user: plain(2) }).await; //~ ERROR field `user` specified more than once
}

fn main() {
    let _ = f();
}
