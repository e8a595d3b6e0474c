use asyncio::create_task;

async fn f() {
    let text = String::from("x");
    let task = create_task(async { text.len() }); //~ ERROR async block may outlive the current function, but it borrows `text`,
    let _ = task.await;
}

fn main() {
    let _ = f();
}
