#[asyncio::main(flavor = "multi_thread" worker_threads = 4)] //~ ERROR expected `,`
async fn main() {}
