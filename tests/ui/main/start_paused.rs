#[asyncio::main(start_paused = true)] //~ ERROR has no option `start_paused`
async fn main() {}
