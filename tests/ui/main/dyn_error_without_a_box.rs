use std::error::Error;

#[asyncio::main]
async fn main() -> Result<(), dyn Error> { //~ ERROR cannot return `dyn Error`
    let text = std::env::var("NAME")?;
    println!("{text}");
    Ok(())
}
