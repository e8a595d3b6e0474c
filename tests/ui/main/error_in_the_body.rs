#[asyncio::main]
async fn main() {
    let text: String = 1; //~ ERROR mismatched types
    println!("{text}");
}
