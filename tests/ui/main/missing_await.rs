#![deny(unused_must_use)]

#[asyncio::main]
async fn main() {
    asyncio::sleep(1); //~ ERROR unused
}
