use asyncio::create_task;

async fn work() {}

async fn f() {
    let tasks = create_task(vec![work(), work()]); //~ ERROR `Vec<impl Future<Output = ()>>` is not a future
    drop(tasks);
}

fn main() {
    let _ = f();
}
