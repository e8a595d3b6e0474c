async fn body() {
    let task = asyncio::create_task(async { 1 });
    task.set_result(2); //~ ERROR no method named `set_result` found
    let _ = task.await;
}

fn main() {
    let _ = body();
}
