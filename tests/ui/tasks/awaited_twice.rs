use asyncio::create_task;

async fn work() {}

async fn f() {
    let task = create_task(work());
    let _ = task.await;
    let _ = task.await; //~ ERROR use of moved value: `task`
}

fn main() {
    let _ = f();
}
