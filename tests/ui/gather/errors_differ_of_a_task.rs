//! Nothing is said about the pattern: what the task would have given is unknown.
use asyncio::{CancelledError, create_task, gather};

#[derive(Debug)]
struct MyError;

#[derive(Debug)]
struct Other;

impl From<CancelledError> for MyError {
    fn from(_: CancelledError) -> Self {
        MyError
    }
}

impl From<CancelledError> for Other {
    fn from(_: CancelledError) -> Self {
        Other
    }
}

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn other() -> Result<String, Other> {
    Ok(String::new())
}

async fn f() -> Result<(u32, String), MyError> {
    let (n, text): (u32, String) = gather!(ok(1), create_task(other())).await?; //~ ERROR fail with different errors: `MyError` and `Other`
    Ok((n, text))
}

fn main() {}
