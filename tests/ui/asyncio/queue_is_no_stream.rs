async fn body() {
    let mut queue = asyncio::Queue::<u32>::new(0);
    while let Some(_item) = queue.next().await {} //~ ERROR no method named `next` found
}

fn main() {
    let _ = body();
}
