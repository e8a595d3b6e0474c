use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| {
        tg.start_soon(work()); //~ ERROR no method named `start_soon` found for struct `TaskGroup<'s, E, M>`
    })
    .await;
}

fn main() {
    let _ = f();
}
