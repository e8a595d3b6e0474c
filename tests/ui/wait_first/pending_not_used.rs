#![deny(unused_must_use)]

use asyncio::{create_task, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let (one, two) = (create_task(plain(1)), create_task(plain(2)));
    wait_first!(one, two).await; //~ ERROR in tuple element 1 that must be used
}

fn main() {
    let _ = f();
}
