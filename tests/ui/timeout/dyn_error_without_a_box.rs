use std::error::Error;

#[asyncio::timeout(2s)]
async fn f() -> Result<(), dyn Error + Send + Sync> { //~ ERROR cannot return `dyn Error + Send + Sync`
    let text = std::env::var("NAME")?;
    println!("{text}");
    Ok(())
}

fn main() {}
