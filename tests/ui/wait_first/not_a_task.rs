use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let one = create_task(plain(1));
    let _ = wait_first!(one, 3).await; //~ ERROR expected a future, found `{integer}`
}

fn main() {
    let _ = f();
}
