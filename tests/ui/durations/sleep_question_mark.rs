use asyncio::sleep;

async fn f() -> Result<(), std::io::Error> {
    sleep!(1s).await?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    Ok(())
}

fn main() {
    let _ = f();
}
