use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let tasks = vec![create_task(plain(1))];
    let one = create_task(plain(1));
    let _ = wait_first!(one, ..tasks).await; //~ ERROR takes either branches or one `..tasks`
}

fn main() {
    let _ = f();
}
