#[asyncio::main]
fn main() { //~ ERROR needs an `async fn`
    println!("started");
}
