async fn body() {
    let lock = asyncio::Lock::new(());
    lock.await; //~ ERROR is not a future
}

fn main() {
    let _ = body();
}
