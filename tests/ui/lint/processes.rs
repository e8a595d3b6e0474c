// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::process::Command;

#[timeout(2s, or = ())]
async fn f() {
    let _ = Command::new("ls").arg("-l").output(); //~ ERROR it blocks the event loop
    let _ = std::process::Command::new("ls").status(); //~ ERROR it blocks the event loop
    let mut child = Command::new("ls").spawn().unwrap();
    child.wait().unwrap(); //~ ERROR it blocks the event loop
}

fn main() {}
