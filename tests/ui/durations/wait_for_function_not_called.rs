use asyncio::wait_for;

async fn work() {}

async fn f() {
    wait_for!(work, 2s).await; //~ ERROR found a function that returns one
}

fn main() {
    let _ = f();
}
