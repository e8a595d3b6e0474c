#[asyncio::main(multi_thread)] //~ ERROR has no option `multi_thread`
async fn main() {}
