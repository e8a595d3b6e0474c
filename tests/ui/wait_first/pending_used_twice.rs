use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_, pending) = wait_first!(create_task(plain(1)), create_task(plain(2))).await;
    pending.await;
    pending.await; //~ ERROR use of moved value: `pending`
}

fn main() {
    let _ = f();
}
