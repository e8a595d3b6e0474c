#[asyncio::main(flavor = "current_thread", flavor = "multi_thread")] //~ ERROR `flavor` is given twice
async fn main() {}
