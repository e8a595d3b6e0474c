use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (_, pending) = wait_first!(create_task(async { Err(1) }), create_task(plain(1))).await; //~ ERROR type annotations needed
    drop(pending);
}

fn main() {
    drop(f);
}
