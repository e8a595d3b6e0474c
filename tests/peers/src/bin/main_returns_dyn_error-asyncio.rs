use std::error::Error;

#[asyncio::main]
async fn main() -> Result<(), dyn Error> {
    let text = std::env::var("NAME")?;
    println!("{text}");
    Ok(())
}
