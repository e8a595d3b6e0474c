use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(work(), work()).await; //~ ERROR expected `|tg| { .. }`
}

fn main() {
    let _ = f();
}
