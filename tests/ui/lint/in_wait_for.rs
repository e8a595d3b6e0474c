// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::wait_for;

async fn fetch(_: String) {}

async fn f() {
    let _ = wait_for!(fetch(std::fs::read_to_string("x").unwrap()), 2s).await; //~ ERROR it blocks the event loop
    let _ = wait_for!(
        async {
            std::thread::sleep(std::time::Duration::ZERO); //~ ERROR it blocks the event loop
        },
        2s
    )
    .await;
}

fn main() {}
