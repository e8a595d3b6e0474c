#![deny(unused_must_use)]

use asyncio::finally;

async fn f() {
    finally(async {}); //~ ERROR unused `Finally` that must be used
    asyncio::sleep(1).await;
}

fn main() {
    let _ = f();
}
