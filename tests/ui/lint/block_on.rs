// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;

#[timeout(2s, or = ())]
async fn f() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {}); //~ ERROR it blocks the event loop
    futures::executor::block_on(async {}); //~ ERROR it blocks the event loop
    asyncio::run(async {}); //~ ERROR it blocks the event loop
}

fn main() {}
