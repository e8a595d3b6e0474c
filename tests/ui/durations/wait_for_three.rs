use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1), plain(2), 2s).await; //~ ERROR takes one future and its time limit
}

fn main() {
    let _ = f();
}
