#![deny(unused_must_use)]

use asyncio::sleep;

async fn f() {
    sleep!(2s); //~ ERROR unused
}

fn main() {
    let _ = f();
}
