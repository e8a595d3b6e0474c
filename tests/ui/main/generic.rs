#[asyncio::main]
async fn main<T>() {} //~ ERROR `main` cannot be generic
