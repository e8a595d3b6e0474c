#[asyncio::main(flavor = multi_thread)] //~ ERROR `flavor` is a string
async fn main() {}
