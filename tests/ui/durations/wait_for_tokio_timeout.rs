async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = asyncio::timeout!(plain(1), 2s).await; //~ ERROR expected macro, found attribute macro `asyncio::timeout`
    drop(n);
}

fn main() {
    let _ = f();
}
