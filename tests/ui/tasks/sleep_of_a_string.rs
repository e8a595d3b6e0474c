async fn body() {
    asyncio::sleep("2s").await; //~ ERROR expected a duration, found `&str`
}

fn main() {
    let _ = body();
}
