use asyncio::TaskGroup;

async fn f() {
    let _ = TaskGroup::<()>::new().try_run(123).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
