use asyncio::create_task;

async fn work() {}

async fn f() {
    let task = create_task(work());
    task.join(); //~ ERROR no method named `join` found for struct `Task<T>` in the current scope
}

fn main() {
    let _ = f();
}
