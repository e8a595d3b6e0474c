use asyncio::wait_for;

async fn f() {
    wait_for!(3 + 4, 2s).await; //~ ERROR expected a future, found
}

fn main() {
    let _ = f();
}
