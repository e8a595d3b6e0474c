use asyncio::Task;

async fn f() {
    let _ = Task::builder().name("it").spawn_local(123).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
