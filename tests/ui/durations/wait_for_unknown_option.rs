use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1), limit = 2s).await; //~ ERROR has no option `limit`
}

fn main() {
    let _ = f();
}
