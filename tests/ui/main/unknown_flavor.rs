#[asyncio::main(flavor = "threads")] //~ ERROR there is no flavor `threads`
async fn main() {}
