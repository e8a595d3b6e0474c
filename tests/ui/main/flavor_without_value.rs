#[asyncio::main(flavor)] //~ ERROR `flavor` needs a value
async fn main() {}
