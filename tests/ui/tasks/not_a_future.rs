fn work() {}

async fn body() {
    let task = asyncio::create_task(work()); //~ ERROR `()` is not a future
    let _ = task.await;
}

fn main() {
    let _ = body();
}
