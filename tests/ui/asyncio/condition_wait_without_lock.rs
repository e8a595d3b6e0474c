async fn body() {
    let condition = asyncio::Condition::new();
    condition.wait().await; //~ ERROR takes 1 argument but 0 arguments were supplied
}

fn main() {
    let _ = body();
}
