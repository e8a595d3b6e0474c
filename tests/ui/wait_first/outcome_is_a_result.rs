use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (one, two) = (create_task(plain(1)), create_task(plain(2)));
    let (done, pending) = wait_first!(one, two).await;
    pending.await;
    let _: Option<u32> = done.0; //~ ERROR mismatched types
}

fn main() {
    let _ = f();
}
