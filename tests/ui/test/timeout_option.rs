#[asyncio::test(timeout = 10s)] //~ ERROR has no option `timeout`
async fn t() {}

fn main() {}
