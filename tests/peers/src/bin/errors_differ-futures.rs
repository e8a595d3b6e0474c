#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

#[derive(Debug)]
struct Other;

async fn other() -> Result<String, Other> {
    Err(Other)
}

async fn f() {
    let both = futures::try_join!(ok(1), other());
    drop(both);
}

fn main() {
    drop(f());
}
