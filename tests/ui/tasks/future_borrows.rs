async fn length(text: &str) -> usize {
    text.len()
}

async fn body() {
    let local = String::from("x");
    let task = asyncio::create_task(length(&local)); //~ ERROR `local` does not live long enough
    let _ = task.await;
}

fn main() {
    let _ = body();
}
