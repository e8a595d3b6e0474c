use asyncio::wait_for;

async fn f() {
    wait_for!().await; //~ ERROR expected a future and a time limit
}

fn main() {
    let _ = f();
}
