async fn work() {}

async fn body() {
    let _ = asyncio::wait([work()]).await; //~ ERROR type mismatch
}

fn main() {
    let _ = body();
}
