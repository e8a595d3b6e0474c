use asyncio::create_task;

async fn work() {}

async fn f() {
    let task = create_task(work());
    task.abort(); //~ ERROR no method named `abort` found for struct `Task<T>` in the current
}

fn main() {
    let _ = f();
}
