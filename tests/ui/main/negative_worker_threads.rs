#[asyncio::main(flavor = "multi_thread", worker_threads = -1)] //~ ERROR `worker_threads` is a number from 1 on
async fn main() {}
