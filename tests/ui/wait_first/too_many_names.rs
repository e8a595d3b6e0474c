use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (done, pending, rest) = wait_first!(create_task(plain(1))).await; //~ ERROR mismatched types
    drop((done, pending, rest));
}

fn main() {
    let _ = f();
}
