use asyncio::{sleep, wait_first};

#[derive(Debug)]
struct MyError;

async fn ok(n: u32) -> Result<u32, MyError> {
    Ok(n)
}

async fn f() {
    wait_first!(if let n = ok(1) {
        n?; //~ ERROR the `?` operator can only be used in an async function that returns
    } else if let _ = sleep(1) {
    });
}

fn main() {
    let _ = f();
}
