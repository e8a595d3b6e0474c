use asyncio::create_task;

async fn f() {
    let shared = std::rc::Rc::new(1);
    let task = create_task(async move { *shared }); //~ ERROR future cannot be sent between threads safely
    let _ = task.await;
}

fn main() {
    let _ = f();
}
