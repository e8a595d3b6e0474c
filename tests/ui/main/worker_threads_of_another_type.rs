const N: u32 = 4;

#[asyncio::main(flavor = "multi_thread", worker_threads = N)] //~ ERROR mismatched types
async fn main() {}
