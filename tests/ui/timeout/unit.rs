use asyncio::timeout;

#[timeout(2s)]
async fn f() {} //~ ERROR it returns `()`

fn main() {}
