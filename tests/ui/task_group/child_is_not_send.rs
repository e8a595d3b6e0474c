async fn body() {
    let shared = std::rc::Rc::new(1);
    let _ = asyncio::task_group!(|tg| {
        tg.create_task(async { //~ ERROR
            let _ = *shared;
        });
    })
    .await;
}

fn main() {
    let _ = body();
}
