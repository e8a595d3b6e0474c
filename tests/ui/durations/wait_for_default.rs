use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n = wait_for!(plain(1), 2s, or = 0).await; //~ ERROR `or` is an option of `#[timeout]`
    drop(n);
}

fn main() {
    let _ = f();
}
