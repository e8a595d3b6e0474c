async fn body() {
    let task = asyncio::create_task(async {});
    let _ = asyncio::wait([task]).return_when(-1).await; //~ ERROR mismatched types
}

fn main() {
    let _ = body();
}
