#[asyncio::test(real_time, real_time)] //~ ERROR `real_time` is given twice
async fn t() {}

fn main() {}
