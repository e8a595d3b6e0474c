use asyncio::{create_task, gather};

async fn work() {}

async fn f() {
    let task = create_task(work());
    let _ = gather!(task).await;
    task.cancel(); //~ ERROR borrow of moved value: `task`
}

fn main() {
    let _ = f();
}
