use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let n: u32 = wait_for!(plain(1), 2s).await; //~ ERROR mismatched types
    drop(n);
}

fn main() {
    let _ = f();
}
