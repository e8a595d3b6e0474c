use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1),).await; //~ ERROR the time limit is missing
}

fn main() {
    let _ = f();
}
