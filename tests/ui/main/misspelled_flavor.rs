#[asyncio::main(flavor = "multi_threads")] //~ ERROR there is no flavor `multi_threads`
async fn main() {}
