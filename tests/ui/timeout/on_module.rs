use asyncio::timeout;

#[timeout(2s)]
mod m {} //~ ERROR goes on an `async fn`, not on a module

fn main() {}
