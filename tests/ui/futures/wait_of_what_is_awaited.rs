use asyncio::{create_task, wait};

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = wait([create_task(thing(1)).await]).await; //~ ERROR type mismatch
}

fn main() {
    let _ = f();
}
