async fn body() {
    let _ = asyncio::task_group!({}).await; //~ ERROR expected `|tg| { .. }`
}

fn main() {
    let _ = body();
}
