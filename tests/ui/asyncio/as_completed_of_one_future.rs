async fn body() {
    let mut outputs = asyncio::as_completed(asyncio::sleep(1)); //~ ERROR is not an iterator
    let _ = outputs.next().await;
}

fn main() {
    let _ = body();
}
