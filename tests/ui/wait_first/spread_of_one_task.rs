use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = create_task(plain(1));
    let (done, rest) = wait_first!(..task).await; //~ ERROR `..` spreads tasks, or what an earlier `wait_first!` left pending,
    drop((done, rest));
}

fn main() {
    let _ = f();
}
