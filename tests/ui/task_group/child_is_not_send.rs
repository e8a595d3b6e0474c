async fn body() {
    let shared = std::rc::Rc::new(1);
    let _ = asyncio::task_group!(|tg| {
        tg.create_task(async { //~ ERROR `Rc<i32>` cannot be shared between threads safely
            let _ = *shared;
        });
    })
    .await;
}

fn main() {
    let _ = body();
}
