#![deny(unused_must_use)]

use asyncio::gather;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    gather!(ok(1), ok(2)).await; //~ ERROR unused `Result` that must be used
}

fn main() {
    let _ = f();
}
