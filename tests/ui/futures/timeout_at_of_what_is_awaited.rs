use asyncio::{Instant, timeout_at};

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = timeout_at(Instant::now(), thing(1).await).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
