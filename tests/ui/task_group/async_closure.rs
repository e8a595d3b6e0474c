async fn body() {
    let _ = asyncio::task_group!(async |tg| {}).await; //~ ERROR
}

fn main() {
    let _ = body();
}
