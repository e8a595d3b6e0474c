#[asyncio::main]
async fn main() -> std::io::Result<()> {
    1 //~ ERROR mismatched types
}
