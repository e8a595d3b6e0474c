#[asyncio::main(crate = ::mylib)] //~ ERROR unresolved import `mylib`
async fn main() {}
