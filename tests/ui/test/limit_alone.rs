#[asyncio::test(10s)] //~ ERROR expected the name of an option
async fn t() {}

fn main() {}
