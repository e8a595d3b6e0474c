#[asyncio::test]
fn t() {} //~ ERROR needs an `async fn`

fn main() {}
