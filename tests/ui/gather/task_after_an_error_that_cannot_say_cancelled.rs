use asyncio::{create_task, gather};

struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    let task = create_task(async { 1 });
    let _ = gather!(ok(2), task).await; //~ ERROR the error of the other branches, `MyError`, cannot say so
}

fn main() {
    let _ = f();
}
