async fn body() {
    let task = asyncio::create_task(async { //~ ERROR future cannot be sent between threads safely
        let shared = std::rc::Rc::new(1);
        asyncio::sleep(1).await;
        drop(shared);
    });
    let _ = task.await;
}

fn main() {
    let _ = body();
}
