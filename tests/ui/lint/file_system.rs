// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::fs::{self, File, OpenOptions};

#[timeout(2s, or = ())]
async fn f() {
    let text = std::fs::read_to_string("x").unwrap(); //~ ERROR it blocks the event loop
    fs::write("y", &text).unwrap(); //~ ERROR it blocks the event loop
    let _ = fs::File::open("x"); //~ ERROR it blocks the event loop
    let _ = File::create("x"); //~ ERROR it blocks the event loop
    let _ = OpenOptions::new().append(true).open("x"); //~ ERROR it blocks the event loop
    println!("{}", fs::metadata("x").is_ok()); //~ ERROR it blocks the event loop
}

fn main() {}
