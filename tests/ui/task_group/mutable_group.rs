use asyncio::task_group;

#[derive(Debug)]
struct MyError;

async fn work() -> Result<u32, MyError> {
    Ok(1)
}

async fn f() {
    let _ = task_group!(|mut tg| { //~ ERROR the group is not `mut`: its methods take `&self`
        tg.create_task(work());
    })
    .await;
}

fn main() {
    let _ = f();
}
