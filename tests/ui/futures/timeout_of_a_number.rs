use asyncio::timeout;

async fn f() {
    let _ = timeout(1.0, 123).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
