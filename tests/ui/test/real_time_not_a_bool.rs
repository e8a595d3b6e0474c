#[asyncio::test(real_time = 1)] //~ ERROR `real_time` is `true` or `false`
async fn t() {}

fn main() {}
