use asyncio::create_task;

async fn work() {}

async fn f() {
    create_task(async || work().await); //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
