#[asyncio::test(limit = 0s)] //~ ERROR a test with a limit of zero
async fn t() {}

fn main() {}
