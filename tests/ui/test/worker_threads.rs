#[asyncio::test(worker_threads = 2)] //~ ERROR has no option `worker_threads`
async fn t() {}

fn main() {}
