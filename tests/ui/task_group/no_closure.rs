async fn body() {
    let _ = asyncio::task_group!({}).await; //~ ERROR
}

fn main() {
    let _ = body();
}
