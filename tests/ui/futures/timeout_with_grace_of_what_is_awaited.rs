use asyncio::timeout;

async fn thing(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = timeout(1.0, thing(1).await).grace(1.0).await; //~ ERROR is not a future
}

fn main() {
    let _ = f();
}
