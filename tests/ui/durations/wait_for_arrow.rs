use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_for!(2s => plain(1)).await; //~ ERROR the future comes first: `wait_for!(future, 2s)`
}

fn main() {
    let _ = f();
}
