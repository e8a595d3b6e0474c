use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let one = create_task(plain(1));
    let _ = wait_first!(one, plain(2)).await; //~ ERROR `wait_first!` waits for tasks, and this is a plain future
}

fn main() {
    let _ = f();
}
