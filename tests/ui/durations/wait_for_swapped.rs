use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let limit = 2;
    wait_for!(limit, plain(1)).await; //~ ERROR the future comes first
}

fn main() {
    let _ = f();
}
