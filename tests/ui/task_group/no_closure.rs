async fn body() {
    let _ = asyncio::task_group!({}).await; //~ ERROR expected `task_group!(|tg| { .. })`, `move |tg|` or `local |tg|`
}

fn main() {
    let _ = body();
}
