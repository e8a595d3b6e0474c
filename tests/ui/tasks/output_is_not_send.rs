use asyncio::create_task;

async fn f() {
    let task = create_task(async { std::rc::Rc::new(1) }); //~ ERROR `Rc<{integer}>` cannot be sent between threads safely
    let _ = task.await;
}

fn main() {
    let _ = f();
}
