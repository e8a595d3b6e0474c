use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), dyn Error> {
    let text = std::env::var("NAME")?;
    println!("{text}");
    Ok(())
}
