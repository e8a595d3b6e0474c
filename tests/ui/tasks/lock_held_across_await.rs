use asyncio::create_task;

static COUNT: std::sync::Mutex<u32> = std::sync::Mutex::new(0);

async fn f() {
    let task = create_task(async { //~ ERROR future cannot be sent between threads safely
        let guard = COUNT.lock().unwrap();
        asyncio::sleep(1).await;
        drop(guard);
    });
    let _ = task.await;
}

fn main() {
    let _ = f();
}
