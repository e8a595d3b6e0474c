#[asyncio::test(flavor = "multi_thread")] //~ ERROR has no option `flavor`
async fn t() {}

fn main() {}
