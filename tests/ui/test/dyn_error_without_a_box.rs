#[asyncio::test]
async fn f() -> Result<(), dyn std::error::Error> { //~ ERROR cannot return `dyn std::error::Error`
    let text = std::env::var("NAME")?;
    println!("{text}");
    Ok(())
}

fn main() {}
