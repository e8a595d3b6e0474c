#[asyncio::main(flavor = "local")] //~ ERROR there is no flavor `local`
async fn main() {}
