#[asyncio::test(real_time = True)] //~ ERROR `real_time` is `true` or `false`
async fn t() {}

fn main() {}
