#[asyncio::test(real_tine)] //~ ERROR has no option `real_tine`
async fn t() {}

fn main() {}
