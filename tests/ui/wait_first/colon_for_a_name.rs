use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (one, two) = (create_task(plain(1)), create_task(plain(2)));
    let _ = wait_first!(up: one, down: two).await; //~ ERROR a branch is named with `=`
}

fn main() {
    let _ = f();
}
