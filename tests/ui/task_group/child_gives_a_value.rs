async fn body() {
    let _: Result<(), asyncio::ExceptionGroup<std::fmt::Error>> = asyncio::task_group!(|tg| {
        tg.create_task(async { 5 }); //~ ERROR
    })
    .await;
}

fn main() {
    let _ = body();
}
