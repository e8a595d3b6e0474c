async fn body() {
    let task = asyncio::create_task(async {});
    let _ = asyncio::wait(task).await; //~ ERROR not an iterator
}

fn main() {
    let _ = body();
}
