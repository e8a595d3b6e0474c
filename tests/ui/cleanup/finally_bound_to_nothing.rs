#![deny(let_underscore_drop)]

use asyncio::finally;

async fn f() {
    let _ = finally(async {}); //~ ERROR non-binding let on a type that has a destructor
    asyncio::sleep(1).await;
}

fn main() {
    drop(f());
}
