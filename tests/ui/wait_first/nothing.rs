use asyncio::wait_first;

async fn f() {
    let _ = wait_first!().await; //~ ERROR `wait_first!` needs something to wait for
}

fn main() {
    let _ = f();
}
