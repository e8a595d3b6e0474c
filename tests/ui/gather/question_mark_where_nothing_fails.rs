use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() -> Result<(), std::io::Error> {
    let (a, b) = gather!(plain(1), plain(2)).await?; //~ ERROR the `?` operator can only be applied to values that implement `Try`
    drop((a, b));
    Ok(())
}

fn main() {
    let _ = f();
}
