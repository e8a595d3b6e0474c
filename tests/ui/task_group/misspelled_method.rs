use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|tg| {
        tg.create_tasks(work()); //~ ERROR no method named `create_tasks` found for struct `TaskGroup<'s, E, M>`
    })
    .await;
}

fn main() {
    let _ = f();
}
