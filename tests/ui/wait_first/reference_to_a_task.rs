use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = create_task(plain(1));
    let (done, pending) = wait_first!(&task).await; //~ ERROR expected a future, found a shared reference to one
    drop((done, pending));
}

fn main() {
    let _ = f();
}
