use asyncio::create_task;

async fn work() {}

async fn f() {
    let task = create_task(work());
    task.cancel().await; //~ ERROR `bool` is not a future
}

fn main() {
    let _ = f();
}
