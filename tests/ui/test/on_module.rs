#[asyncio::test]
mod tests {} //~ ERROR goes on an `async fn`, not on a module

fn main() {}
