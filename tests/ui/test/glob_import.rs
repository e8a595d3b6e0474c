use asyncio::*;

#[test] //~ ERROR `test` is ambiguous
async fn t() {}

fn main() {}
