#![deny(deprecated)]

#[asyncio::main]
async fn main() {
    std::thread::sleep(std::time::Duration::from_secs(1)); //~ ERROR it blocks the event loop
}
