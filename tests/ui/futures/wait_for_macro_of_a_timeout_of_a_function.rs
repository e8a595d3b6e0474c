use asyncio::{timeout, wait_for};

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait_for!(timeout(1.0, thing), 2s).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
