#![deny(unused_variables)]

use asyncio::{sleep, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) { //~ ERROR unused variable: `n`
    } else if let _ = sleep(1) {
    });
}

fn main() {
    let _ = f();
}
