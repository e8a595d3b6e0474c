#[asyncio::test(crate = "asyncio")] //~ ERROR a path is not a string
async fn t() {}

fn main() {}
