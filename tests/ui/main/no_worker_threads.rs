#[asyncio::main(flavor = "multi_thread", worker_threads = 0)] //~ ERROR `worker_threads` is a number from 1 on
async fn main() {}
