use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(2s, plain(1)).await; //~ ERROR the future comes first
}

fn main() {
    let _ = f();
}
