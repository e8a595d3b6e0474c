#![deny(unused_must_use)]

use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_for!(plain(1), 2s); //~ ERROR unused `asyncio::Timeout` that must be used
}

fn main() {
    let _ = f();
}
