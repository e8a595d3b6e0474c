#![deny(unused_must_use)]

use asyncio::finally;

async fn f() {
    let cleanup = finally(async {});
    cleanup.run(); //~ ERROR unused implementer of `Future` that must be used
}

fn main() {
    let _ = f();
}
