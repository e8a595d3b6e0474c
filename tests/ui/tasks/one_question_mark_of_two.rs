use asyncio::create_task;

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() -> Result<(), Box<dyn std::error::Error>> {
    let n: u32 = create_task(ok(1)).await?; //~ ERROR `?` operator has incompatible types
    drop(n);
    Ok(())
}

fn main() {
    let _ = f();
}
