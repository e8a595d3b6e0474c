#[asyncio::main("multi_thread")] //~ ERROR expected the name of an option
async fn main() {}
