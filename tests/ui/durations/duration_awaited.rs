use asyncio::duration;

async fn f() {
    duration!(2s).await; //~ ERROR `Duration` is not a future
}

fn main() {
    let _ = f();
}
