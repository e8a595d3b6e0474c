#[asyncio::main]
async fn main() -> u32 { //~ ERROR `main` has invalid return type `u32`
    1
}
