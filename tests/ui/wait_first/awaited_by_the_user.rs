use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = wait_first!(if let n = plain(1) { n })
        .await; //~ ERROR `u32` is not a future
    drop(n);
}

fn main() {
    let _ = f();
}
