#[asyncio::main(flavor = "current_thread", worker_threads = 4)] //~ ERROR `worker_threads` needs more than one thread
async fn main() {}
