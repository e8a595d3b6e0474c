#![deny(deprecated)]

use asyncio::timeout;

#[timeout(2s, or = ())]
async fn f() {
    std::thread::sleep(std::time::Duration::from_secs(1)); //~ ERROR it blocks the event loop
}

fn main() {}
