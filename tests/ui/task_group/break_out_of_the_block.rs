use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    loop {
        let _ = task_group!(|tg| {
            tg.create_task(work());
            break; //~ ERROR `break` inside `async` block
        })
        .await;
    }
}

fn main() {
    let _ = f();
}
