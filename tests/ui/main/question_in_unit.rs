#[asyncio::main]
async fn main() {
    let n: u32 = "1".parse()?; //~ ERROR the `?` operator can only be used
    println!("{n}");
}
