async fn body() {
    let _ = asyncio::task_group!(async |tg| {}).await; //~ ERROR the block of `task_group!` is asynchronous by itself
}

fn main() {
    let _ = body();
}
