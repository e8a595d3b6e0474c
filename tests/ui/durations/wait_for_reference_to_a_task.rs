use asyncio::{create_task, wait_for};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = create_task(plain(1));
    let _ = wait_for!(&task, 2s).await; //~ ERROR expected a future, found a shared reference to one
}

fn main() {
    let _ = f();
}
