use asyncio::timeout;

use std::future::Future;
use std::pin::Pin;

#[timeout(2s)]
fn f() -> Pin<Box<dyn Future<Output = Result<u32, String>>>> { //~ ERROR `String` cannot be made
    Box::pin(async { Ok(1) })
}

fn main() {}
