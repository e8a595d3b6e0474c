#[asyncio::main(debug = true)] //~ ERROR has no option `debug`
async fn main() {}
