#[asyncio::main(crate = mylib::asyncio)] //~ ERROR the path of the crate is absolute
async fn main() {}
