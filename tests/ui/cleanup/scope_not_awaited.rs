#![deny(unused_must_use)]

use asyncio::scope;

async fn work() {}

async fn f() {
    scope(work()); //~ ERROR unused `ScopeFuture` that must be used
}

fn main() {
    let _ = f();
}
