use asyncio::{TimeoutError, timeout};

fn spawn(_: impl Future + Send) {}

#[timeout(2s)]
async fn f() -> Result<u32, TimeoutError> {
    let shared = std::rc::Rc::new(1);
    asyncio::sleep(1).await;
    Ok(*shared)
}

fn g() {
    spawn(f()); //~ ERROR future cannot be sent between threads safely
}

fn main() {}
