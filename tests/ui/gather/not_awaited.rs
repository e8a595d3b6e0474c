#![deny(unused_must_use)]

use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    gather!(plain(1), plain(2)); //~ ERROR unused implementer of `Gather` that must be used
}

fn main() {
    let _ = f();
}
