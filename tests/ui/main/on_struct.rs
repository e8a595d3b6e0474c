#[asyncio::main]
struct Main; //~ ERROR goes on an `async fn`, not on a struct

fn main() {}
