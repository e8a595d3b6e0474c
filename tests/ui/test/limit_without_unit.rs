#[asyncio::test(limit = 10)] //~ ERROR invalid duration `10`: missing unit
async fn t() {}

fn main() {}
