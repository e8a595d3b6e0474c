// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::io;

#[timeout(2s, or = ())]
async fn f() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap(); //~ ERROR it blocks the event loop
    for line in io::stdin().lines() { //~ ERROR it blocks the event loop
        drop(line);
    }
    let _ = std::io::read_to_string(std::io::stdin()); //~ ERROR it blocks the event loop
}

fn main() {}
