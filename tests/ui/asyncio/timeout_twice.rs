use asyncio::{sleep, timeout};

async fn body() {
    let limited = timeout(1, sleep(0));
    let _ = limited.await;
    let _ = limited.await; //~ ERROR use of moved value
}

fn main() {
    let _ = body();
}
