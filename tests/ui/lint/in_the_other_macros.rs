// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::{create_task, gather, sleep, wait_first};
use std::fs;
use std::thread;
use std::time::Duration;

async fn fetch(_: String) {}

async fn f() {
    gather!(sleep(1), fetch(fs::read_to_string("x").unwrap())).await; //~ ERROR it blocks the event loop
    gather!(..fs::read_dir("x").unwrap().map(|_| sleep(1))).await; //~ ERROR it blocks the event loop
    let one = create_task(sleep(1));
    let (_, pending) = wait_first!(one, create_task(fetch(fs::read_to_string("x").unwrap()))).await; //~ ERROR it blocks the event loop
    pending.await;
    wait_first!(if let _ = sleep(1) {
        thread::sleep(Duration::ZERO); //~ ERROR it blocks the event loop
    } else if let _ = fetch(fs::read_to_string("x").unwrap()) { //~ ERROR it blocks the event loop
        fs::write("x", "y").unwrap(); //~ ERROR it blocks the event loop
    });
}

fn main() {}
