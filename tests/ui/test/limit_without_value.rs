#[asyncio::test(limit)] //~ ERROR `limit` needs a value
async fn t() {}

fn main() {}
