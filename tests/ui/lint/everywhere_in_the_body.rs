// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::time::Duration;

fn ready() -> bool {
    true
}

#[timeout(2s, or = ())]
async fn f() {
    let number = if ready() {
        std::fs::read("x").map_or(0, |bytes| bytes.len()) //~ ERROR it blocks the event loop
    } else {
        0
    };
    match number {
        0 => std::thread::sleep(Duration::ZERO), //~ ERROR it blocks the event loop
        _ => {
            async {
                std::thread::sleep(Duration::ZERO); //~ ERROR it blocks the event loop
            }
            .await;
        }
    }
    asyncio::sleep(std::fs::read("x").unwrap().len()).await; //~ ERROR it blocks the event loop
}

fn main() {}
