use asyncio::create_task;

async fn work() {}

async fn f() {
    create_task(|| work()); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
