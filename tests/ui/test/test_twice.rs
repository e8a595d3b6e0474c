#[asyncio::test]
#[test] //~ ERROR makes this a test already
async fn t() {}

fn main() {}
