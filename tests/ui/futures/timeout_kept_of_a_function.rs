use asyncio::timeout;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let limited = timeout(1.0, thing); //~ ERROR is not a future
    let _ = limited.await;
}

fn main() {
    let _ = f();
}
