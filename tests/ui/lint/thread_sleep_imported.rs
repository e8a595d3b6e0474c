// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::thread;
use std::time::Duration;

#[timeout(2s, or = ())]
async fn f() {
    thread::sleep(Duration::from_secs(1)); //~ ERROR it blocks the event loop
    thread::park(); //~ ERROR it blocks the event loop
}

fn main() {}
