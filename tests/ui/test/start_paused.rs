#[asyncio::test(start_paused = true)] //~ ERROR has no option `start_paused`
async fn t() {}

fn main() {}
