async fn body() {
    asyncio::sleep("2s").await; //~ ERROR
}

fn main() {
    let _ = body();
}
