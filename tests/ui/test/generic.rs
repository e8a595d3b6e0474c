#[asyncio::test]
async fn t<T>() {} //~ ERROR a test cannot be generic

fn main() {}
